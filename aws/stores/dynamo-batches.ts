/**
 * Batch requests of DynamoDB, repeated until all items are processed: DynamoDB can return any of them
 * as unprocessed.
 */
import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type DynamoDBClient,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { backoffMs } from '@kinetrack/schema';

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html and ..._BatchWriteItem.html */
export const MAX_GETS = 100;
export const MAX_WRITES = 25;
/**
 * With the waits below, up to 25 s in total. If a table is throttled for longer, the queue delivers the
 * message again.
 */
const MAX_ATTEMPTS = 10;
const FIRST_WAIT_MS = 75;
const LONGEST_WAIT_MS = 7500;

export type Item = Record<string, AttributeValue>;

export interface BatchOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
  /** Resolves after `ms`. */
  readonly wait: (ms: number) => Promise<void>;
  /** A number in [0, 1): spreads retries of concurrent invocations. */
  readonly random: () => number;
}

/** DynamoDB repeatedly returned unprocessed items. */
export class BatchNotDone extends Error {
  readonly code = 'batch_not_done';
  constructor(what: 'read' | 'written', left: number) {
    super(
      `${left} items were not ${what} in ${MAX_ATTEMPTS} attempts: the table is throttled; ` +
        'retry to continue',
    );
    this.name = 'BatchNotDone';
  }
}

/** Items by key, at most MAX_GETS, unordered. Missing items are left out. */
export async function batchGet(
  options: BatchOptions,
  keys: readonly Item[],
  { attributes, consistent }: { readonly attributes: readonly string[]; readonly consistent: boolean },
): Promise<readonly Item[]> {
  const { client, table } = options;
  const names = Object.fromEntries(attributes.map((name, index) => [`#${index}`, name]));
  const request = {
    ...{ ExpressionAttributeNames: names, ProjectionExpression: Object.keys(names).join(', ') },
    ConsistentRead: consistent,
  };
  const items: Item[] = [];
  let left = [...keys];
  for (let attempt = 1; left.length > 0; attempt += 1) {
    const answer = await client.send(
      new BatchGetItemCommand({ RequestItems: { [table]: { ...request, Keys: left } } }),
    );
    items.push(...(answer.Responses?.[table] ?? []));
    left = answer.UnprocessedKeys?.[table]?.Keys ?? [];
    if (left.length > 0) await backOff(options, attempt, 'read', left.length);
  }
  return items;
}

/** Executes at most MAX_WRITES writes, each with a different key. */
export async function batchWrite(options: BatchOptions, writes: readonly WriteRequest[]): Promise<void> {
  const { client, table } = options;
  let left = [...writes];
  for (let attempt = 1; left.length > 0; attempt += 1) {
    const answer = await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: left } }));
    left = answer.UnprocessedItems?.[table] ?? [];
    if (left.length > 0) await backOff(options, attempt, 'written', left.length);
  }
}

async function backOff(
  { wait, random }: BatchOptions,
  attempt: number,
  what: 'read' | 'written',
  left: number,
): Promise<void> {
  if (attempt >= MAX_ATTEMPTS) throw new BatchNotDone(what, left);
  await wait(backoffMs(attempt, { baseMs: FIRST_WAIT_MS, maxMs: LONGEST_WAIT_MS, random }));
}

export function chunksOf<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  );
}
