/**
 * Caches devices, so that a request needs no lookup. A revoked token stays valid while it is cached.
 * The maximum age is below the 15 minutes within which a revocation must take effect.
 */
import type { Device, DeviceRegistry } from '../lake/ports.ts';

export interface CachedRegistryOptions {
  readonly devices: DeviceRegistry;
  /** ms since 1970. */
  now(): number;
  /** @defaultValue 5 minutes */
  readonly maxAgeMs?: number;
}

/** More devices than one function instance serves in that time; each takes some 200 bytes. */
const MAX_DEVICES = 10_000;

/** Caches only active devices: invalid tokens cannot fill the cache, and a new token works at once. */
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
