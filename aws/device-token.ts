/** A new token for a device. Secrets come from the system's generator, never from something that can be replaced. */
import { randomBytes } from 'node:crypto';
import { DEVICE_TOKEN_BYTES, DEVICE_TOKEN_PREFIX } from '@kinetrack/schema';

export const newDeviceToken = (): string =>
  DEVICE_TOKEN_PREFIX + randomBytes(DEVICE_TOKEN_BYTES).toString('base64url');
