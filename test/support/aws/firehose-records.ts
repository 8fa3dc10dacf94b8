/** What a Firehose was given and what it wrote, in a test's words. */
import { gunzipSync } from 'node:zlib';
import type { ObjectStore } from '../../../pipeline/lake/ports.ts';
import { collect } from '../collect.ts';

export const record = (...texts: readonly (string | object)[]): Uint8Array =>
  Buffer.from(texts.map((text) => (typeof text === 'string' ? text : JSON.stringify(text))).join('\n'));

/** Everything in a store by key; gzipped objects unpacked. */
export async function contents(store: ObjectStore, prefix = ''): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const { key } of await collect(store.list(prefix))) {
    const body = Buffer.concat(await collect(store.read(key)));
    found[key] = (key.endsWith('.gz') ? gunzipSync(body) : body).toString();
  }
  return found;
}

/** The same by folder, for tests to which the objects' names do not matter; objects of one folder follow each other. */
export async function contentsByFolder(store: ObjectStore, prefix = ''): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [key, text] of Object.entries(await contents(store, prefix))) {
    const folder = key.slice(0, key.lastIndexOf('/') + 1);
    found[folder] = (found[folder] ?? '') + text;
  }
  return found;
}

export interface FailedRecord {
  readonly attemptsMade: number;
  readonly arrivalTimestamp: number;
  readonly errorCode: string;
  readonly errorMessage: string;
  readonly attemptEndingTimestamp: number;
  readonly rawData: string;
}

/** Failed records under a prefix, with their raw data decoded. */
export async function failedRecords(store: ObjectStore, prefix: string): Promise<readonly FailedRecord[]> {
  const texts = Object.values(await contents(store, prefix));
  return texts
    .flatMap((text) => text.trimEnd().split('\n'))
    .map((line) => JSON.parse(line) as FailedRecord)
    .map((failed) => ({ ...failed, rawData: Buffer.from(failed.rawData, 'base64').toString() }));
}
