/** A Runtime of a world without surprises: time is what it is set to, identities and chance come from the seed. */
import type { Runtime } from '@kinetrack/agent';
import { BERLIN } from './people.ts';
import { randomOf, uuidOf } from './random.ts';
import { utcOffsetMinOf } from './zones.ts';

export interface SimulatedRuntime extends Runtime {
  /** Moves both clocks there; never back. */
  setTime(epochMs: number): void;
}

/** Timers never fire: whoever sets the time also says what is due then. */
export function simulatedRuntime(seed: number): SimulatedRuntime {
  const random = randomOf(seed, 'runtime');
  let nowMs = 0;
  let identities = 0;
  const never = () => ({ cancel() {} });
  return {
    setTime(epochMs) {
      nowMs = Math.max(nowMs, epochMs);
    },
    now: () => nowMs,
    monotonic: () => nowMs,
    after: never,
    every: never,
    uuid: () => uuidOf(seed, 'runtime', ++identities),
    random: () => random.next(),
    utcOffsetMin: (epochMs) => utcOffsetMinOf(BERLIN, epochMs),
    timeZone: () => BERLIN,
  };
}
