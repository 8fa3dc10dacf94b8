/** What this machine can capture, as shown in the status and in events. */
import type { Capability } from './sources/source.ts';

export type Capabilities = Readonly<Record<string, Capability>>;

const MAX_DETAIL = 1024;

/** `available`, or what is missing in a sentence. */
export function describeCapability(capability: Capability): string {
  switch (capability.status) {
    case 'available':
      return capability.limitation === undefined ? 'available' : `available: ${capability.limitation}`;
    case 'starting':
      return 'starting';
    case 'unavailable':
      return `unavailable: ${capability.reason}`;
  }
}

/** The detail of a `capability` event. */
export const capabilityDetail = (capabilities: Capabilities): Record<string, string> =>
  Object.fromEntries(Object.entries(capabilities).map(([name, capability]) => [name, detailOf(capability)]));

const detailOf = (capability: Capability): string => describeCapability(capability).slice(0, MAX_DETAIL);

/** While a source restarts, its last settled capability is kept: a restart is not a change. */
export function settledCapabilities(now: Capabilities, known: Capabilities): Capabilities {
  // Fast path: called every second.
  if (!Object.values(now).some(isStarting)) return now;
  return Object.fromEntries(
    Object.entries(now).map(([name, capability]) => [
      name,
      isStarting(capability) ? (known[name] ?? capability) : capability,
    ]),
  );
}

const isStarting = ({ status }: Capability): boolean => status === 'starting';

/** Called every second, so it avoids JSON. */
export function sameCapabilities(a: Capabilities, b: Capabilities): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => isSame(a[name], b[name]));
}

const isSame = (a: Capability | undefined, b: Capability | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && detailOf(a) === detailOf(b));
