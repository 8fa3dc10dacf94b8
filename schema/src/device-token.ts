/** Device token: 256 random bits with a prefix for secret scanners. */
export const DEVICE_TOKEN_PREFIX = 'ktd_';
export const DEVICE_TOKEN_BYTES = 32;
export const DEVICE_TOKEN = /^ktd_[A-Za-z0-9_-]{43}$/;
