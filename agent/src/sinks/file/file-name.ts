/**
 * What a file is called, and what its name says about it. `NAME` is
 * `events-<UTC hour>-<counter>-<random>`, for example `events-2026-11-20T09-00000012-6b0d7f3a-...`.
 *
 *  - `NAME.jsonl.part`     being written; after a crash its last line may be torn
 *  - `NAME.jsonl`          finished: every line is an event that was acknowledged
 *  - `NAME.jsonl.repair`   being copied from a `.jsonl.part` without what a power cut left in it
 *  - `NAME.jsonl.gz.part`  being compressed; worth nothing without its `.jsonl`
 *  - `NAME.jsonl.gz`       finished and compressed: never changes again, so an upload of it can be resumed
 *  - `NAME.plain.jsonl`    finished, stays as it is: there was no space to compress it
 *  - `<file>.upload`       beside a finished file: its multipart upload that has begun
 *
 * The counter orders the files of a folder, whatever the clock does; the random part keeps devices that share a
 * prefix, and copies of a folder, apart. A name is given once: neither a clock that jumps back nor a restart can
 * lead to a finished file again.
 */
import { formatUtc, type UtcHour, utcHourOf } from '@kinetrack/schema';

/** For this user alone. */
export const FILE_MODE = 0o600;
export const PART = '.part';
export const JOURNAL = '.upload';

export interface EventFileName {
  /** Without anything behind the random part. */
  readonly stem: string;
  readonly hour: UtcHour;
  readonly counter: number;
  /** What follows the stem, without the leading dot. */
  readonly kind: FileKind;
}

const KINDS = ['jsonl.part', 'jsonl', 'jsonl.repair', 'jsonl.gz.part', 'jsonl.gz', 'plain.jsonl'] as const;
export type FileKind = (typeof KINDS)[number];

const NAME = /^(events-(\d{4}-\d{2}-\d{2})T(\d{2})-(\d{8,15})-[0-9a-f-]{36})\.([a-z.]+)$/;

export const hourAt = (epochMs: number): UtcHour => utcHourOf(formatUtc(epochMs));

/** The name of a new file, without its ending. `random`: a UUID. */
export const newStem = ({ dt, hour }: UtcHour, counter: number, random: string): string =>
  `events-${dt}T${hour}-${String(counter).padStart(8, '0')}-${random}`;

/** Undefined for a file that is not ours: it is left alone. */
export function parseFileName(name: string): EventFileName | undefined {
  const [, stem, dt, hour, counter, ending] = NAME.exec(name) ?? [];
  const kind = KINDS.find((each) => each === ending);
  if (stem === undefined || dt === undefined || hour === undefined || kind === undefined) return undefined;
  return { stem, hour: { dt, hour }, counter: Number(counter), kind };
}

/** What is done and neither half written nor half compressed. */
export const isFinished = (kind: FileKind): boolean =>
  kind === 'jsonl' || kind === 'jsonl.gz' || kind === 'plain.jsonl';

/** Oldest first, by the order in which they were begun. */
export function byAge(one: string, other: string): number {
  const difference = (parseFileName(one)?.counter ?? 0) - (parseFileName(other)?.counter ?? 0);
  return difference !== 0 ? difference : Number(one > other) - Number(one < other);
}

/** The same file has the same key however often it is tried. */
export function objectKey(prefix: string, name: string): string {
  const { dt, hour } = parseFileName(name)?.hour ?? { dt: 'unknown', hour: 'unknown' };
  return `${prefix}raw-files/dt=${dt}/hour=${hour}/${name}`;
}
