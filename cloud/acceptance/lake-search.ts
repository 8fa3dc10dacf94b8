/** Looks for the probe in the raw part of a lake, and among the errors. */

import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import { type ActivityEvent, LAKE_PREFIXES, rawPrefix } from '@kinetrack/schema';
import type { ObjectStore } from '../../pipeline/ports.ts';

/** Ids of a device's events by the key of the raw object: no object changes before the person is deleted. */
export type SearchedObjects = Map<string, readonly string[]>;

/** Keys of raw objects by the ids of the events that were found in them. What `searched` holds is not read again. */
export async function findEvents(
  store: ObjectStore,
  deviceId: string,
  events: readonly ActivityEvent[],
  searched: SearchedObjects = new Map(),
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  const prefixes = new Set(
    events.map(
      ({ activity_type, ts }) => `${rawPrefix(activity_type)}dt=${ts.slice(0, 10)}/hour=${ts.slice(11, 13)}/`,
    ),
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
  const lines = (await unzipped(store, key)).split('\n').filter((line) => line.includes(deviceId));
  return lines.map((line) => String(JSON.parse(line).event_id));
}

/** The error record that holds this text, with its key. */
export async function findError(
  store: ObjectStore,
  sentMs: number,
  text: string,
): Promise<{ readonly key: string; readonly reason: string } | undefined> {
  for await (const { key, modifiedMs = sentMs } of store.list(LAKE_PREFIXES.errors)) {
    if (modifiedMs < sentMs) continue;
    for (const line of (await unzipped(store, key)).split('\n').filter((each) => each !== '')) {
      const record: { rawData?: string; errorCode?: string; errorMessage?: string } = JSON.parse(line);
      const raw = Buffer.from(record.rawData ?? '', 'base64').toString('utf8');
      if (raw.includes(text)) return { key, reason: `${record.errorCode}: ${record.errorMessage}` };
    }
  }
  return undefined;
}

/** Error objects may come uncompressed. */
async function unzipped(store: ObjectStore, key: string): Promise<string> {
  const body = await buffer(Readable.from(store.read(key)));
  if (body[0] !== 0x1f || body[1] !== 0x8b) return body.toString('utf8');
  return (await buffer(Readable.from([body]).pipe(createGunzip()))).toString('utf8');
}
