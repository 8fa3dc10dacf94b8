/**
 * Rows for dashboards, from the summaries table and the rollup files. Hours need one query of the
 * table. Minutes have twenty times as many bytes and are seldom requested, so they stay in the lake:
 * only files of UTC hours with rows of that date are read, and only row groups that can contain the
 * person.
 *
 * One difference from DuckDB: a device that is idle for a whole UTC hour, while another device of the
 * person observes each second of it with another local date. Such minutes have no hour rows on their
 * date and are not returned. Finding them would open up to 28 more files per date.
 *
 * Reads are eventually consistent. A lag of some milliseconds does not matter for data that arrives
 * every five minutes, and such reads cost half.
 */
import { type DynamoDBClient, paginateQuery, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import {
  DAY_MS,
  HOUR_MS,
  type HourRow,
  type MinuteRow,
  startOfUtcHourMs,
  type UtcHour,
  utcHourOf,
} from '@kinetrack/schema';
import { minutesKey } from '../../pipeline/lake/keys.ts';
import { FOOTER_BYTES, RollupFile } from '../../pipeline/lake/parquet-reader.ts';
import {
  ObjectChanged,
  ObjectNotFound,
  type RangedStore,
  type SummaryStore,
} from '../../pipeline/lake/ports.ts';
import { rollupParts } from '../../pipeline/lake/rollup-files.ts';
import { compareMinutes, compareUtf8, mergeHours } from '../../pipeline/lake/row-order.ts';
import { sliceOf } from '../../pipeline/lake/slices.ts';
import type { Item } from './dynamo-batches.ts';
import { decodeRows, parseSortKey, peopleShards, userKey } from './summary-items.ts';

export interface DynamoSummaryStoreOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
  /** The lake. */
  readonly store: RangedStore;
}

interface StoredHour {
  readonly hour: UtcHour;
  readonly rows: readonly HourRow[];
}

/** A local date is within 14 hours around its UTC date: offsets are from -14 to +14 hours. */
const REACH_MS = 14 * HOUR_MS;
/** Maximum distance of the first or last local date from the first or last hour. */
const EDGE_MS = 2 * REACH_MS;
/** Items per query for the first or last date: the working hours of about two days. */
const EDGE_ITEMS = 16;
/**
 * Maximum reads of a file that is replaced meanwhile. The rollup of an hour takes longer than a read.
 */
const MAX_READS = 3;

export class DynamoSummaryStore implements SummaryStore {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #store: RangedStore;
  /** Number of slices in the last file that was read. Avoids a listing for the next file. */
  #slices: number | undefined;

  constructor({ client, table, store }: DynamoSummaryStoreOptions) {
    this.#client = client;
    this.#table = table;
    this.#store = store;
  }

  async users(): Promise<readonly string[]> {
    const shards = peopleShards.map(async (shard) => {
      const users: string[] = [];
      const request = {
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: shard } },
        ProjectionExpression: 'sk',
      };
      for await (const item of this.#query(request)) users.push(item.sk?.S ?? '');
      return users;
    });
    return (await Promise.all(shards)).flat().sort(compareUtf8);
  }

  async span(userId: string): Promise<{ readonly first: string; readonly last: string } | undefined> {
    const [early, late] = await Promise.all([this.#edge(userId, true), this.#edge(userId, false)]);
    const dates = [...early, ...late].map(({ local_date }) => local_date).sort(compareUtf8);
    const [first] = dates;
    const last = dates.at(-1);
    return first === undefined || last === undefined ? undefined : { first, last };
  }

  async hours(userId: string, fromDate: string, toDate: string): Promise<readonly HourRow[]> {
    const stored = await this.#hoursBetween(userId, fromDate, toDate);
    return mergeHours(
      stored.flatMap(({ rows }) => rows).filter(({ local_date: date }) => date >= fromDate && date <= toDate),
    );
  }

  async minutes(userId: string, date: string): Promise<readonly MinuteRow[]> {
    const hours = await this.#hoursOf(userId, date);
    const minutes = await Promise.all(hours.map((hour) => this.#minutesOf(userId, hour)));
    return inOrder(minutes.flat().filter(({ local_date }) => local_date === date));
  }

  async lastMinute(userId: string, date: string): Promise<MinuteRow | undefined> {
    for (const hour of (await this.#hoursOf(userId, date)).reverse()) {
      const minutes = await this.#minutesOf(userId, hour);
      const last = inOrder(minutes.filter(({ local_date }) => local_date === date)).at(-1);
      if (last !== undefined) return last;
    }
    return undefined;
  }

  async minute(userId: string, minute: string): Promise<readonly MinuteRow[]> {
    const rows = await this.#minutesOf(userId, utcHourOf(minute));
    return inOrder(rows.filter((row) => row.minute === minute));
  }

  /** UTC hours with rows of the person on that date, ascending. */
  async #hoursOf(userId: string, date: string): Promise<UtcHour[]> {
    const hours = new Map<number, UtcHour>();
    for (const { hour, rows } of await this.#hoursBetween(userId, date, date)) {
      if (rows.some(({ local_date }) => local_date === date)) hours.set(startOfUtcHourMs(hour), hour);
    }
    return [...hours.values()];
  }

  async #hoursBetween(userId: string, fromDate: string, toDate: string): Promise<readonly StoredHour[]> {
    const from = sortKeyAt(Date.parse(`${fromDate}T00:00:00.000Z`) - REACH_MS);
    const to = sortKeyAt(Date.parse(`${toDate}T00:00:00.000Z`) + DAY_MS + REACH_MS);
    return storedHours(
      userId,
      this.#query({
        // `~` sorts after the `#` of further parts.
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: {
          ...{ ':pk': { S: userKey(userId) }, ':from': { S: from } },
          ':to': { S: `${to}~` },
        },
      }),
    );
  }

  /** Rows of the first or last hours of the person, which include the first or last date. */
  async #edge(userId: string, forward: boolean): Promise<readonly HourRow[]> {
    const items: Item[] = [];
    let edgeMs: number | undefined;
    const request = {
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: userKey(userId) } },
      ScanIndexForward: forward,
      Limit: EDGE_ITEMS,
    };
    for await (const item of this.#query(request)) {
      const hourMs = startOfUtcHourMs(parseSortKey(item.sk?.S ?? '').hour);
      edgeMs ??= hourMs;
      if (Math.abs(hourMs - edgeMs) > EDGE_MS) break;
      items.push(item);
    }
    return (await storedHours(userId, items)).flatMap(({ rows }) => rows);
  }

  async *#query(request: Omit<QueryCommandInput, 'TableName'>): AsyncIterable<Item> {
    const pages = paginateQuery({ client: this.#client }, { TableName: this.#table, ...request });
    for await (const { Items: items } of pages) yield* items ?? [];
  }

  async #minutesOf(userId: string, hour: UtcHour): Promise<readonly MinuteRow[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#readMinutes(userId, hour);
      } catch (error) {
        const isMoving = error instanceof ObjectChanged || error instanceof ObjectNotFound;
        if (!isMoving || attempt >= MAX_READS) throw error;
      }
    }
  }

  /**
   * If the number of slices is known from another file, the part of the person is read directly: a
   * listing costs twelve times as much. The file itself states its slice.
   */
  async #readMinutes(userId: string, hour: UtcHour): Promise<readonly MinuteRow[]> {
    if (this.#slices !== undefined) {
      const file = await this.#openIfThere(minutesKey(hour, sliceOf(userId, this.#slices)));
      if (file !== undefined && mayHold(file, userId)) return file.rowsOf('minutes', userId);
    }
    return this.#readListed(userId, hour);
  }

  /**
   * Lists the parts and reads the part of the slice of the person. Falls back to all parts if the
   * layout is mixed. Without a file, the rollup has not replaced it yet, or it has expired.
   */
  async #readListed(userId: string, hour: UtcHour): Promise<readonly MinuteRow[]> {
    const parts = await rollupParts(this.#store, 'minutes', hour);
    const guess = parts.get(sliceOf(userId, powerOfTwoAbove(Math.max(0, ...parts.keys()))));
    if (guess !== undefined) {
      const file = await this.#open(guess);
      this.#slices = file.slice.of;
      if (mayHold(file, userId)) return file.rowsOf('minutes', userId);
    }
    const files = await Promise.all([...parts.values()].map((key) => this.#open(key)));
    const holders = files.filter((file) => mayHold(file, userId));
    // Two parts can contain the person during a change of the layout. The part with more slices is the
    // newer or equal one.
    const [finest] = holders.sort((a, b) => b.slice.of - a.slice.of);
    return finest === undefined ? [] : finest.rowsOf('minutes', userId);
  }

  #openIfThere(key: string): Promise<RollupFile | undefined> {
    return this.#open(key).catch((error: unknown) => {
      if (error instanceof ObjectNotFound) return undefined;
      throw error;
    });
  }

  async #open(key: string): Promise<RollupFile> {
    return RollupFile.open(await this.#store.openRanged(key, FOOTER_BYTES));
  }
}

/** Decodes hours. Parts beyond the count in the first item are left over from longer rows. */
async function storedHours(
  userId: string,
  items: AsyncIterable<Item> | Iterable<Item>,
): Promise<readonly StoredHour[]> {
  const parts: { readonly hour: UtcHour; readonly part: number; readonly item: Item }[] = [];
  for await (const item of items) parts.push({ ...parseSortKey(item.sk?.S ?? ''), item });
  const counts = new Map<number, number>();
  for (const { hour, part, item } of parts) {
    if (part === 0) counts.set(startOfUtcHourMs(hour), Number(item.n?.N ?? 1));
  }
  return parts
    .filter(({ hour, part }) => part < (counts.get(startOfUtcHourMs(hour)) ?? 0))
    .map(({ hour, item }) => ({ hour, rows: decodeRows(userId, item.r?.B ?? new Uint8Array()) }));
}

const mayHold = ({ slice: { index, of } }: RollupFile, userId: string): boolean =>
  sliceOf(userId, of) === index;

const inOrder = (rows: readonly MinuteRow[]): readonly MinuteRow[] => [...rows].sort(compareMinutes);

function sortKeyAt(epochMs: number): string {
  const { dt, hour } = utcHourOf(new Date(epochMs).toISOString());
  return `${dt}T${hour}`;
}

function powerOfTwoAbove(largestIndex: number): number {
  let of = 1;
  while (of <= largestIndex) of *= 2;
  return of;
}
