/**
 * File names and their meaning. `NAME` is `events-<UTC hour>-<counter>-<random>`, for example
 * `events-2026-11-20T09-00000012-6b0d7f3a-...`.
 *
 *  - `NAME.jsonl.part`     being written; after a crash its last line may be torn
 *  - `NAME.jsonl`          finished: every line is an acknowledged event
 *  - `NAME.jsonl.repair`   being copied from a `.jsonl.part`, without the damage of a power cut
 *  - `NAME.jsonl.gz.part`  being compressed; useless without its `.jsonl`
 *  - `NAME.jsonl.gz`       finished and compressed: it never changes, so its upload can be resumed
 *  - `NAME.plain.jsonl`    finished, not compressed for lack of disk space
 *  - `<file>.upload`       the started multipart upload of a finished file
 *
 * The counter orders the files of a folder, independently of the clock. The random part
 * distinguishes devices that share a prefix, and copies of a folder. A name is used once: neither a
 * clock that goes back nor a restart can produce the name of a finished file.
 */
import { formatUtc, type UtcHour, utcHourOf } from '@kinetrack/schema';

/** Access for this user only. */
export const FILE_MODE = 0o600;
export const PART = '.part';
export const JOURNAL = '.upload';

export interface EventFileName {
  /** The name without its ending. */
  readonly stem: string;
  readonly hour: UtcHour;
  readonly counter: number;
  /** The ending, without its leading dot. */
  readonly kind: FileKind;
}

const KINDS = ['jsonl.part', 'jsonl', 'jsonl.repair', 'jsonl.gz.part', 'jsonl.gz', 'plain.jsonl'] as const;
export type FileKind = (typeof KINDS)[number];

const NAME = /^(events-(\d{4}-\d{2}-\d{2})T(\d{2})-(\d{8,15})-[0-9a-f-]{36})\.([a-z.]+)$/;

export const hourAt = (epochMs: number): UtcHour => utcHourOf(formatUtc(epochMs));

/** Name of a new file without its ending. `random`: a UUID. */
export const newStem = ({ dt, hour }: UtcHour, counter: number, random: string): string =>
  `events-${dt}T${hour}-${String(counter).padStart(8, '0')}-${random}`;

/** Undefined for a file of another program: it is not touched. */
export function parseFileName(name: string): EventFileName | undefined {
  const [, stem, dt, hour, counter, ending] = NAME.exec(name) ?? [];
  const kind = KINDS.find((each) => each === ending);
  if (stem === undefined || dt === undefined || hour === undefined || kind === undefined) return undefined;
  return { stem, hour: { dt, hour }, counter: Number(counter), kind };
}

/** Files that are completely written and not being compressed. */
export const isFinished = (kind: FileKind): boolean =>
  kind === 'jsonl' || kind === 'jsonl.gz' || kind === 'plain.jsonl';

/** Oldest first, by creation. */
export function byAge(one: string, other: string): number {
  const difference = (parseFileName(one)?.counter ?? 0) - (parseFileName(other)?.counter ?? 0);
  return difference !== 0 ? difference : Number(one > other) - Number(one < other);
}

/** Each upload attempt of a file uses the same key. */
export function objectKey(prefix: string, name: string): string {
  const { dt, hour } = parseFileName(name)?.hour ?? { dt: 'unknown', hour: 'unknown' };
  return `${prefix}raw-files/dt=${dt}/hour=${hour}/${name}`;
}
