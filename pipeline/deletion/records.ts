/** Loads and saves receipts, progress of deletions and the state of the sweep. */
import {
  type DeletionProgress,
  type DeletionReceipt,
  deletionProgress,
  deletionReceipt,
  formatUtc,
  parseJson,
  type SweepState,
  sweepState,
} from '@kinetrack/schema';
import { progressKey, receiptKey, SWEEP_KEY } from '../lake/keys.ts';
import { readObject } from '../lake/lines.ts';
import type { ObjectStore, VersionedStore } from '../lake/ports.ts';

export async function loadReceipt(store: ObjectStore, id: string): Promise<DeletionReceipt | undefined> {
  const parsed = deletionReceipt.safeParse(await loadJson(store, receiptKey(id)));
  return parsed.success ? parsed.data : undefined;
}

export const saveReceipt = (store: ObjectStore, receipt: DeletionReceipt): Promise<void> =>
  saveJson(store, receiptKey(receipt.id), receipt);

/** Undefined for another version too: the deletion then starts again, which is safe. */
export async function loadProgress(store: ObjectStore, id: string): Promise<DeletionProgress | undefined> {
  const parsed = deletionProgress.safeParse(await loadJson(store, progressKey(id)));
  return parsed.success ? parsed.data : undefined;
}

export const saveProgress = (store: ObjectStore, id: string, progress: DeletionProgress): Promise<void> =>
  saveJson(store, progressKey(id), progress);

export async function deleteProgress(
  store: ObjectStore,
  id: string,
  history: Pick<VersionedStore, 'deleteHistory'> | undefined,
): Promise<void> {
  await store.delete(progressKey(id));
  await history?.deleteHistory(progressKey(id));
}

async function loadJson(store: ObjectStore, key: string): Promise<unknown> {
  const body = await readObject(store, key);
  return body === undefined ? undefined : parseJson(body.toString('utf8'));
}

const saveJson = (store: ObjectStore, key: string, value: unknown): Promise<void> =>
  store.put(key, Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`));

export type { SweepState };

/** The state of an unfinished sweep, or of a new one. The first sweep reads all objects. */
export async function loadSweepState(store: ObjectStore, nowMs: number): Promise<SweepState> {
  const body = await readObject(store, SWEEP_KEY);
  const parsed = sweepState.safeParse(body === undefined ? undefined : parseJson(body.toString('utf8')));
  const begun = { schema_version: 1, started_at: formatUtc(nowMs), step: null, after: '' } as const;
  if (!parsed.success) return { ...begun, swept_before: formatUtc(0) };
  return parsed.data.step === null ? { ...begun, swept_before: parsed.data.swept_before } : parsed.data;
}

export const saveSweepState = (store: ObjectStore, state: SweepState): Promise<void> =>
  store.put(SWEEP_KEY, Buffer.from(`${JSON.stringify(state)}\n`));
