/**
 * Cost of API responses in the cloud: requests to DynamoDB and S3, bytes read, CPU of the function. For a
 * working day of eight hours of one person in a fleet of 1,000, over seven days. The function is warm. The
 * table is a DynamoDB server in a separate process. The lake is in memory, read in ranges like the S3
 * adapter does, so the CPU excludes the S3 client.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import { DEFAULT_RULES, formatUtc, type UtcHour } from '@kinetrack/schema';
import { apiHandler } from '../aws/http/api-handler.ts';
import { DynamoSummaryStore } from '../aws/stores/summary-store.ts';
import { DynamoSummaries } from '../aws/stores/summary-writer.ts';
import { minutesKey, rawSamplesPrefix } from '../pipeline/lake/keys.ts';
import type { RangedObject, RangedStore } from '../pipeline/lake/ports.ts';
import { rollupHour } from '../pipeline/rollup/index.ts';
import { createTable, startDynamo } from '../test/support/aws/dynamo-server.ts';
import { httpEvent } from '../test/support/aws/http-event.ts';
import { MemoryObjectStore } from '../test/support/lake/memory-object-store.ts';
import { fleetObjects } from './rollup-samples.ts';
import { type Figures, reportBench } from './support/report-bench.ts';

const PEOPLE = 1000;
/** On previous days, only the rows of one person are read. */
const PEOPLE_BEFORE = 10;
const DAYS = ['14', '15', '16', '17', '18', '19', '20'].map((day) => `2026-11-${day}`);
const HOURS = ['08', '09', '10', '11', '12', '13', '14', '15'];
/** One hour ahead of UTC, so local and UTC date are the same. */
const USER = 'person-4';
const NOW_MS = Date.parse('2026-11-20T16:30:00.000Z');
const RUNS = 20;

const ROUTES = {
  status: ['/status', ''],
  users_of_admin: ['/users', ''],
  summary: ['/summary/today', `user=${USER}`],
  summary_of_a_past_day: ['/summary/today', `user=${USER}&date=2026-11-19`],
  timeline: ['/timeline', `user=${USER}&date=2026-11-20`],
  apps: ['/apps', `user=${USER}&from=2026-11-20&to=2026-11-20`],
  daily: ['/daily', `user=${USER}&to=2026-11-20`],
  minute: ['/minutes/2026-11-20T09:10:00.000Z', `user=${USER}`],
} as const;

/** A bucket, read like S3ObjectStore reads it. */
class CountedLake extends MemoryObjectStore implements RangedStore {
  gets = 0;
  lists = 0;
  bytesRead = 0;

  override list(prefix: string) {
    this.lists += 1;
    return super.list(prefix);
  }

  async openRanged(key: string, tailBytes: number): Promise<RangedObject> {
    const body = this.objects.get(key);
    if (body === undefined) throw new Error(`${key} does not exist`);
    const tailFrom = Math.max(0, body.length - tailBytes);
    this.#count(body.length - tailFrom);
    return {
      bytes: body.length,
      read: async (from, to) => {
        if (from < tailFrom) this.#count(to - from);
        return body.subarray(from, to);
      },
    };
  }

  #count(bytes: number): void {
    this.gets += 1;
    this.bytesRead += bytes;
  }
}

async function fill(lake: MemoryObjectStore, hour: UtcHour, people: number, summaries: DynamoSummaries) {
  for (const object of fleetObjects(people)) {
    const moved = gunzipSync(object).toString().replaceAll('2026-11-20T09:', `${hour.dt}T${hour.hour}:`);
    await lake.put(`${rawSamplesPrefix(hour)}1.json.gz`, gzipSync(moved, { level: 1 }));
  }
  await rollupHour({ store: lake, hour, rules: DEFAULT_RULES, summaries });
}

const dynamo = await startDynamo();
try {
  const client = dynamo.client();
  const table = await createTable(client, { sortKey: true });
  let queries = 0;
  let readUnits = 0;
  client.middlewareStack.add(
    (next) => async (args) => {
      Object.assign(args.input, { ReturnConsumedCapacity: 'TOTAL' });
      const result = await next(args);
      const { ConsumedCapacity: consumed } = result.output as {
        ConsumedCapacity?: { CapacityUnits?: number };
      };
      queries += 1;
      readUnits += consumed?.CapacityUnits ?? 0;
      return result;
    },
    { step: 'initialize' },
  );
  const summaries = new DynamoSummaries({
    ...{ client, table, retentionDays: 400, random: Math.random },
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  });
  const lake = new CountedLake();
  for (const dt of DAYS) {
    for (const hour of HOURS) {
      await fill(lake, { dt, hour }, dt === DAYS.at(-1) ? PEOPLE : PEOPLE_BEFORE, summaries);
    }
    process.stderr.write(`${dt} is rolled up\n`);
  }
  const answer = apiHandler({
    store: new DynamoSummaryStore({ client, table, store: lake }),
    ...{ claims: { user: 'sub', roles: 'roles' }, rules: DEFAULT_RULES, now: () => NOW_MS },
    log: { info: () => {}, error: () => {} },
  });
  const figures: Record<string, number> = {};
  const measure = async (name: string, [path, query]: readonly [string, string]) => {
    const event = httpEvent('GET', path, { query, claims: { sub: 'root', roles: '[admin]' } });
    const { statusCode, body } = await answer(event);
    if (statusCode !== 200) throw new Error(`${path}: ${statusCode} ${body}`);
    for (let run = 0; run < RUNS; run += 1) await answer(event);
    [queries, readUnits, lake.gets, lake.lists, lake.bytesRead] = [0, 0, 0, 0, 0];
    const cpu = process.cpuUsage();
    for (let run = 0; run < RUNS; run += 1) await answer(event);
    const { user, system } = process.cpuUsage(cpu);
    Object.assign(figures, {
      [`${name}_queries`]: queries / RUNS,
      [`${name}_read_units`]: readUnits / RUNS,
      [`${name}_s3_gets`]: lake.gets / RUNS,
      [`${name}_s3_lists`]: lake.lists / RUNS,
      [`${name}_s3_kb`]: Math.round(lake.bytesRead / RUNS / 1024),
      [`${name}_cpu_ms`]: Number(((user + system) / 1000 / RUNS).toFixed(1)),
      [`${name}_answer_kb`]: Number(((body?.length ?? 0) / 1024).toFixed(1)),
    } satisfies Figures);
  };
  figures.minutes_file_kb = Math.round(
    (lake.objects.get(minutesKey({ dt: DAYS.at(-1) ?? '', hour: '09' }))?.length ?? 0) / 1024,
  );
  for (const [name, question] of Object.entries(ROUTES)) await measure(name, question);
  process.stderr.write(`now is ${formatUtc(NOW_MS)} for the page\n`);
  await reportBench('api', figures);
} finally {
  await dynamo.close();
}
