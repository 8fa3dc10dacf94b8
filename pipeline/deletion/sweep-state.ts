/** Up to when a lake is swept, and where a sweep that ran out of time goes on. */
import { formatUtc, parseJson, type SweepState, sweepState } from '@kinetrack/schema';
import { SWEEP_KEY } from '../lake/keys.ts';
import { readObject } from '../lake/lines.ts';
import type { ObjectStore } from '../lake/ports.ts';

export type { SweepState };

/** The state of a sweep that is under way, or that of one which begins now. The first one looks into everything. */
export async function loadSweep(store: ObjectStore, nowMs: number): Promise<SweepState> {
  const body = await readObject(store, SWEEP_KEY);
  const parsed = sweepState.safeParse(body === undefined ? undefined : parseJson(body.toString('utf8')));
  const begun = { schema_version: 1, started_at: formatUtc(nowMs), step: null, after: '' } as const;
  if (!parsed.success) return { ...begun, swept_before: formatUtc(0) };
  return parsed.data.step === null ? { ...begun, swept_before: parsed.data.swept_before } : parsed.data;
}

export const saveSweep = (store: ObjectStore, state: SweepState): Promise<void> =>
  store.put(SWEEP_KEY, Buffer.from(`${JSON.stringify(state)}\n`));
