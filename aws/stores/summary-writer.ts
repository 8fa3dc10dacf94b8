/** Writes the summaries table from the rollup. */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  paginateQuery,
  UpdateItemCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { startOfUtcHourMs, type UtcHour } from '@kinetrack/schema';
import { eachAtOnce } from '../../pipeline/lake/each-at-once.ts';
import type { PersonHour, SummaryWriter } from '../../pipeline/lake/ports.ts';
import {
  type BatchOptions,
  batchGet,
  batchWrite,
  chunksOf,
  type Item,
  MAX_GETS,
  MAX_WRITES,
} from './dynamo-batches.ts';
import { type EncodedRows, encodeRows, hourSortKey, moreSortKey, shardOf, userKey } from './summary-items.ts';

export interface DynamoSummariesOptions extends BatchOptions {
  /** Retention of an hour in days, from the time of the hour. */
  readonly retentionDays: number;
}

/** Concurrent requests, each of some ms. */
const REQUESTS_AT_ONCE = 8;
const DAY_S = 86_400;

/**
 * Rows are compared before a write, by digests from consistent reads: a rollup is repeated for each new
 * raw object, and the rows of most people do not change. A read unit costs a fifth of a write unit.
 *
 * Two invocations can write an hour concurrently, without clock or version. The invocation with fewer
 * objects finds the others in its listing after the last write and repeats (settled-rollup.ts).
 *
 * A person is added to the list of people before their first hour is written. After a crash between the
 * two, the person has no rows. In the other order, rows could remain without a listed person, and no
 * later run would notice.
 */
export class DynamoSummaries implements SummaryWriter {
  readonly #options: DynamoSummariesOptions;

  constructor(options: DynamoSummariesOptions) {
    this.#options = options;
  }

  async putHour(hour: UtcHour, people: readonly PersonHour[]): Promise<void> {
    await eachAtOnce(chunksOf(people, MAX_GETS), REQUESTS_AT_ONCE, (chunk) => this.#putSome(hour, chunk));
  }

  async deletePerson(userId: string): Promise<number> {
    const keys = await this.#keysOf(userId);
    await this.#write(keys.map((Key) => ({ DeleteRequest: { Key } })));
    const { client, table } = this.#options;
    const { Attributes: person } = await client.send(
      new DeleteItemCommand({ TableName: table, Key: personKey(userId), ReturnValues: 'ALL_OLD' }),
    );
    return keys.length + (person === undefined ? 0 : 1);
  }

  async #putSome(hour: UtcHour, people: readonly PersonHour[]): Promise<void> {
    const known = await this.#heads(hour, people);
    const writes: WriteRequest[] = [];
    const changed: PersonHour[] = [];
    const emptied: string[] = [];
    for (const person of people) {
      const { userId, rows } = person;
      const head = known.get(userId);
      if (rows.length === 0) {
        emptied.push(userId);
        if (head !== undefined) writes.push(...removals(userId, hour, 0, head.parts));
        continue;
      }
      const encoded = encodeRows(rows);
      if (encoded.digest === head?.digest) continue;
      changed.push(person);
      writes.push(...this.#puts(userId, hour, encoded));
      writes.push(...removals(userId, hour, encoded.parts.length, head?.parts ?? 0));
    }
    await this.#addPeople(changed);
    await this.#write(writes);
    for (const userId of emptied) await this.#removeIfEmpty(userId);
  }

  async #heads(hour: UtcHour, people: readonly PersonHour[]) {
    const keys = people.map(({ userId }) => ({ pk: { S: userKey(userId) }, sk: { S: hourSortKey(hour) } }));
    const items = await batchGet(this.#options, keys, { attributes: ['pk', 'd', 'n'], consistent: true });
    const byKey = new Map(items.map((item) => [item.pk?.S, item]));
    const heads = people.flatMap(({ userId }) => {
      const item = byKey.get(userKey(userId));
      return item === undefined
        ? []
        : [[userId, { digest: item.d?.S, parts: Number(item.n?.N ?? 1) }] as const];
    });
    return new Map(heads);
  }

  /** The first item is written last: until then, readers use the number of parts in the old one. */
  #puts(userId: string, hour: UtcHour, { digest, parts }: EncodedRows): WriteRequest[] {
    const [first, ...more] = parts;
    const expires_at = { N: String(this.#expiry(startOfUtcHourMs(hour))) };
    const pk = { S: userKey(userId) };
    const head: Item = { pk, sk: { S: hourSortKey(hour) }, d: { S: digest }, r: { B: first }, expires_at };
    if (more.length > 0) head.n = { N: String(parts.length) };
    return [
      ...more.map((bytes, index) => {
        return {
          PutRequest: { Item: { pk, sk: { S: moreSortKey(hour, index + 1) }, r: { B: bytes }, expires_at } },
        };
      }),
      { PutRequest: { Item: head } },
    ];
  }

  #expiry(fromMs: number): number {
    return Math.floor(fromMs / 1000) + this.#options.retentionDays * DAY_S;
  }

  async #write(writes: readonly WriteRequest[]): Promise<void> {
    for (const chunk of chunksOf(writes, MAX_WRITES)) await batchWrite(this.#options, chunk);
  }

  /** Only for a later date: once per day and person. Uses eventually consistent reads. */
  async #addPeople(people: readonly PersonHour[]): Promise<void> {
    const lastOf = new Map(people.map(({ userId, rows }) => [userId, lastDate(rows)]));
    const keys = people.map(({ userId }) => personKey(userId));
    const entered = await batchGet(this.#options, keys, { attributes: ['sk', 'last'], consistent: false });
    for (const { sk, last } of entered) {
      const userId = sk?.S ?? '';
      if ((last?.S ?? '') >= (lastOf.get(userId) ?? '')) lastOf.delete(userId);
    }
    for (const [userId, last] of lastOf) await this.#addPerson(userId, last);
  }

  async #addPerson(userId: string, last: string): Promise<void> {
    const { client, table } = this.#options;
    const request = new UpdateItemCommand({
      TableName: table,
      Key: personKey(userId),
      // The local date is up to a day after the UTC date.
      UpdateExpression: 'SET #last = :last, expires_at = :expiry',
      ConditionExpression: 'attribute_not_exists(#last) OR #last < :last',
      ExpressionAttributeNames: { '#last': 'last' },
      ExpressionAttributeValues: {
        ':last': { S: last },
        ':expiry': { N: String(this.#expiry(Date.parse(`${last}T00:00:00.000Z`) + 2 * DAY_S * 1000)) },
      },
    });
    await client.send(request).catch((error: unknown) => {
      // Another invocation has written this or a later date.
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    });
  }

  async #removeIfEmpty(userId: string): Promise<void> {
    if ((await this.#keysOf(userId)).length > 0) return;
    const { client, table } = this.#options;
    await client.send(new DeleteItemCommand({ TableName: table, Key: personKey(userId) }));
  }

  /** Keys of all hour items of a person. */
  async #keysOf(userId: string): Promise<Item[]> {
    const { client, table } = this.#options;
    const keys: Item[] = [];
    const pages = paginateQuery(
      { client },
      {
        TableName: table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: userKey(userId) } },
        ProjectionExpression: 'pk, sk',
        ConsistentRead: true,
      },
    );
    for await (const { Items: items } of pages) keys.push(...(items ?? []));
    return keys;
  }
}

const personKey = (userId: string) => ({ pk: { S: shardOf(userId) }, sk: { S: userId } });

const lastDate = (rows: PersonHour['rows']): string =>
  rows.reduce((last, { local_date }) => (local_date > last ? local_date : last), '');

/** Deletes parts of the half-open range `from..to`. */
const removals = (userId: string, hour: UtcHour, from: number, to: number): WriteRequest[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, index) => {
    const part = from + index;
    const sk = part === 0 ? hourSortKey(hour) : moreSortKey(hour, part);
    return { DeleteRequest: { Key: { pk: { S: userKey(userId) }, sk: { S: sk } } } };
  });
