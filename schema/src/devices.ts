/** The token of a device: 256 random bits behind a prefix that scanners for leaked secrets can look for. */
export const DEVICE_TOKEN_PREFIX = 'ktd_';
export const DEVICE_TOKEN_BYTES = 32;
export const DEVICE_TOKEN = /^ktd_[A-Za-z0-9_-]{43}$/;
