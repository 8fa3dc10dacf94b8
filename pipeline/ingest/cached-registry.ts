/**
 * Spares the lookup of a device with each of its requests. A token that is revoked works on for as long as it is
 * remembered, so it is remembered for less than the quarter of an hour within which revocation has to take effect.
 */
import type { Device, DeviceRegistry } from '../lake/ports.ts';

export interface CachedRegistryOptions {
  readonly devices: DeviceRegistry;
  /** ms since 1970. */
  now(): number;
  /** @defaultValue 5 minutes */
  readonly maxAgeMs?: number;
}

/** More devices than one function instance meets in that time; each is some 200 bytes. */
const MAX_DEVICES = 10_000;

/** Only devices that may send are remembered: neither does an invented token push them out, nor is a new one kept out. */
export function cachedRegistry({
  devices,
  now,
  maxAgeMs = 5 * 60_000,
}: CachedRegistryOptions): DeviceRegistry {
  const known = new Map<string, { readonly device: Device; readonly untilMs: number }>();
  return {
    async find(token) {
      const found = known.get(token);
      if (found !== undefined && now() < found.untilMs) return found.device;
      known.delete(token);
      const device = await devices.find(token);
      if (device?.state !== 'active') return device;
      const [oldest] = known.keys();
      if (known.size >= MAX_DEVICES && oldest !== undefined) known.delete(oldest);
      known.set(token, { device, untilMs: now() + maxAgeMs });
      return device;
    },
    async bind(token, deviceId) {
      const outcome = await devices.bind(token, deviceId);
      const found = known.get(token);
      if (outcome === 'bound' && found !== undefined) {
        known.set(token, { device: { ...found.device, deviceId }, untilMs: found.untilMs });
      }
      return outcome;
    },
  };
}
