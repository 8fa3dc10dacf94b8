/** Finds the test events in raw/ and errors/. */
import { type ActivityEvent, isRecord, LAKE_PREFIXES, parseJson, utcHourOf } from '@kinetrack/schema';
import { errorRecordOf } from '../../pipeline/lake/error-records.ts';
import { rawHourPrefix } from '../../pipeline/lake/keys.ts';
import { readLines } from '../../pipeline/lake/lines.ts';
import type { ObjectStore } from '../../pipeline/lake/ports.ts';

/**
 * IDs of the events of the device, by key of the raw object. Objects do not change before the deletion,
 * so the result is cached.
 */
export type SearchedObjects = Map<string, readonly string[]>;

/** Keys of raw objects by event ID. Objects in `searched` are not read again. */
export async function findEvents(
  store: ObjectStore,
  deviceId: string,
  events: readonly ActivityEvent[],
  searched: SearchedObjects = new Map(),
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  const prefixes = new Set(
    events.map(({ activity_type, ts }) => rawHourPrefix(activity_type, utcHourOf(ts))),
  );
  for (const prefix of prefixes) {
    for await (const { key } of store.list(prefix)) {
      const ids = searched.get(key) ?? (await idsIn(store, key, deviceId));
      searched.set(key, ids);
      for (const id of ids) found.set(id, [...(found.get(id) ?? []), key]);
    }
  }
  return found;
}

async function idsIn(store: ObjectStore, key: string, deviceId: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const line of await textLines(store, key)) {
    const event = line.includes(deviceId) ? parseJson(line) : undefined;
    if (isRecord(event)) ids.push(String(event.event_id));
  }
  return ids;
}

/** The error record that contains this text, with its key. */
export async function findError(
  store: ObjectStore,
  sentMs: number,
  text: string,
): Promise<{ readonly key: string; readonly reason: string } | undefined> {
  for await (const { key, modifiedMs = sentMs } of store.list(LAKE_PREFIXES.errors)) {
    if (modifiedMs < sentMs) continue;
    for (const line of await textLines(store, key)) {
      const record = errorRecordOf(Buffer.from(line));
      if (record?.data.toString('utf8').includes(text) !== true) continue;
      return { key, reason: `${record.errorCode}: ${String(record.document.errorMessage)}` };
    }
  }
  return undefined;
}

/** Error objects can be uncompressed. Of a damaged object, the lines before the damage are returned. */
async function textLines(store: ObjectStore, key: string): Promise<readonly string[]> {
  const lines: string[] = [];
  const onLine = (bytes: Buffer, from: number, to: number) => lines.push(bytes.toString('utf8', from, to));
  await readLines(store.read(key), { onLine, onOversized: () => {} }, { allowPlain: true });
  return lines;
}
