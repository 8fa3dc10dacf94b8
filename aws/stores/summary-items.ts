/**
 * Hour rows as items of the summaries table.
 *
 *   pk                  sk                 attributes
 *   user#<user_id>      2026-11-20T09      d, r, n, expires_at    rows of the person in that UTC hour
 *   user#<user_id>      2026-11-20T09#1    r, expires_at          more rows, if one item is too small (n: number of items)
 *   people#<0..15>      <user_id>          last, expires_at       the person exists, with their last date
 *
 * `r` has the rows without the user ID as JSON: columns by position, names in a dictionary; deflated if
 * long. `d` is a digest of that JSON: if a rollup computes the same rows, nothing is written.
 * `expires_at` is in seconds since 1970, the format of the time to live of DynamoDB. DynamoDB deletes
 * items some days later.
 *
 * A write unit is 1 KB, a read unit 4 KB (half a unit for eventually consistent reads).
 * docs/performance.md has the person-hours per KB. An item has at most 400 KB:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
 */
import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { type HourRow, hourRow, STATES, type UtcHour } from '@kinetrack/schema';
import * as z from 'zod';

/** Shorter data is below 1 KB anyway. */
const DEFLATE_FROM_BYTES = 700;
/** Below 400 KB, with room for the key, a user ID of 128 characters and the other attributes. */
const MAX_ROWS_BYTES = 380 * 1024;
const PLAIN = 1;
const DEFLATED = 2;
const SHARDS = 16;

export const userKey = (userId: string): string => `user#${userId}`;
export const hourSortKey = ({ dt, hour }: UtcHour): string => `${dt}T${hour}`;
export const moreSortKey = (hour: UtcHour, part: number): string => `${hourSortKey(hour)}#${part}`;

/**
 * Number of partitions for people: a partition accepts 1,000 writes per second, and everybody starts
 * the day at the same time.
 */
export const peopleShards: readonly string[] = Array.from(
  { length: SHARDS },
  (_, shard) => `people#${shard}`,
);
export const shardOf = (userId: string): string =>
  `people#${(createHash('sha256').update(userId).digest()[0] ?? 0) % SHARDS}`;

/** The hour and part in a sort key. */
export function parseSortKey(sk: string): { readonly hour: UtcHour; readonly part: number } {
  const [, dt = '', hour = '', part = '0'] = /^(\d{4}-\d\d-\d\d)T(\d\d)(?:#(\d+))?$/.exec(sk) ?? [];
  if (dt === '') throw new TypeError(`the sort key ${sk} names no hour`);
  return { hour: { dt, hour }, part: Number(part) };
}

export interface EncodedRows {
  readonly digest: string;
  /** One entry per item. The first item also has the digest. */
  readonly parts: readonly [Uint8Array, ...Uint8Array[]];
}

/** Encodes the rows of one person and UTC hour, at least one. The same rows give the same bytes. */
export function encodeRows(rows: readonly HourRow[]): EncodedRows {
  const parts = encodeParts(rows);
  const digest = createHash('sha256');
  for (const { text } of parts) digest.update(text).update('\n');
  const [first, ...more] = parts.map(({ bytes }) => bytes);
  if (first === undefined) throw new RangeError('an hour without rows has no item');
  // 96 bits: collisions between hours of one person are negligible.
  return { digest: digest.digest('base64url').slice(0, 16), parts: [first, ...more] };
}

function encodeParts(rows: readonly HourRow[]): { readonly text: string; readonly bytes: Uint8Array }[] {
  const text = JSON.stringify(toColumns(rows));
  const bytes = packed(text);
  if (bytes.length <= MAX_ROWS_BYTES || rows.length < 2) return [{ text, bytes }];
  const half = Math.ceil(rows.length / 2);
  return [...encodeParts(rows.slice(0, half)), ...encodeParts(rows.slice(half))];
}

function packed(text: string): Uint8Array {
  const plain = Buffer.from(text);
  return plain.length < DEFLATE_FROM_BYTES
    ? Buffer.concat([Buffer.of(PLAIN), plain])
    : Buffer.concat([Buffer.of(DEFLATED), deflateRawSync(plain)]);
}

/** [dates, names, rows of date, hour, app, site, state, seconds, keys, clicks, scrolls, distance_px]; -1 is null. */
const columns = z.tuple([z.array(z.string()), z.array(z.string()), z.array(z.array(z.number()).length(10))]);

function toColumns(rows: readonly HourRow[]): z.infer<typeof columns> {
  const dates = new Map<string, number>();
  const names = new Map<string, number>();
  const indexIn = (known: Map<string, number>, name: string | null): number => {
    if (name === null) return -1;
    const index = known.get(name) ?? known.size;
    known.set(name, index);
    return index;
  };
  const packedRows = rows.map((row) => [
    indexIn(dates, row.local_date),
    row.local_hour,
    indexIn(names, row.app),
    indexIn(names, row.site),
    STATES.indexOf(row.state),
    row.seconds,
    row.keys,
    row.clicks,
    row.scrolls,
    row.distance_px,
  ]);
  return [[...dates.keys()], [...names.keys()], packedRows];
}

/** Decodes the rows of one item. Throws for other content. */
export function decodeRows(userId: string, bytes: Uint8Array): readonly HourRow[] {
  const content = bytes[0] === DEFLATED ? inflateRawSync(bytes.subarray(1)) : Buffer.from(bytes.subarray(1));
  const [dates, names, rows] = columns.parse(JSON.parse(content.toString('utf8')));
  const nameAt = (index: number | undefined) => (index === -1 ? null : names[index ?? names.length]);
  return rows.map(([date, local_hour, app, site, state, seconds, keys, clicks, scrolls, distance_px]) =>
    hourRow.parse({
      user_id: userId,
      local_date: dates[date ?? dates.length],
      local_hour,
      app: nameAt(app),
      site: nameAt(site),
      state: STATES[state ?? STATES.length],
      ...{ seconds, keys, clicks, scrolls, distance_px },
    }),
  );
}
