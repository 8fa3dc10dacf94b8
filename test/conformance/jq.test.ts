/** The jq program of the template, on Debian's jq 1.6: every record ends where the local Firehose puts it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { gunzipSync } from 'node:zlib';
import { systemRuntime } from '@kinetrack/agent';
import fc from 'fast-check';
import * as z from 'zod';
import { LocalFirehose } from '../../local/firehose/index.ts';
import type { DeliveryConfiguration } from '../../pipeline/delivery.ts';
import { MemoryObjectStore } from '../support/lake/memory-object-store.ts';
import { deliveryOf, queryOf } from './support/delivery.ts';
import { nearEvent } from './support/near-events.ts';
import { synthesized } from './support/synthesized.ts';

const RECORDS = 10_000;
const SEED = 16;
const FAILED = 'metadata-extraction-failed';

describe('the partition keys of the template', () => {
  let configuration: DeliveryConfiguration;
  let records: readonly string[];
  let local: readonly string[];

  beforeAll(async () => {
    configuration = deliveryOf(synthesized({}));
    records = fc
      .sample(nearEvent, { seed: SEED, numRuns: RECORDS })
      .map((event, index) => JSON.stringify({ ...event, record: index }));
    local = await localPlaces(configuration, records);
  });

  it('are those of jq 1.6, record by record', () => {
    assert.deepEqual(differences(debianPlaces(queryOf(configuration), records), local), []);
  });

  it('are tried with records that succeed and with records that fail, by the thousand', () => {
    const failed = local.filter((place) => place === FAILED).length;
    assert.ok(failed > 2000 && failed < 8000, `${failed} of ${RECORDS} fail`);
    assert.ok(new Set(local).size > 1000, 'too few partitions to compare');
  });

  it('differ from those of another program: the comparison sees it', () => {
    const changed = queryOf(configuration).replace('length == 24', 'length >= 24');
    assert.notEqual(changed, queryOf(configuration));

    assert.ok(differences(debianPlaces(changed, records), local).length > 0);
  });

  function differences(debian: readonly string[], other: readonly string[]): readonly string[] {
    assert.equal(debian.length, records.length);
    return records.flatMap((record, index) =>
      debian[index] === other[index]
        ? []
        : [`${debian[index]} by jq, ${other[index]} locally: ${record.slice(0, 300)}`],
    );
  }
});

/** `activity_type=../dt=../hour=..` of each record, or the kind of error: as Firehose takes jq's answers. */
function debianPlaces(query: string, records: readonly string[]): readonly string[] {
  const { stdout, stderr, status } = spawnSync(
    'jq',
    ['-c', `[try ((${query}) | {keys: .}) catch {failed: .}]`],
    { input: records.join('\n'), encoding: 'utf8', maxBuffer: 64 << 20 },
  );
  assert.equal(status, 0, stderr);
  return stdout.trimEnd().split('\n').map(placeOf);
}

const outputs = z.array(z.object({ keys: z.record(z.string(), z.unknown()).optional() }));

function placeOf(line: string): string {
  const [first, ...more] = outputs.parse(JSON.parse(line));
  const values = Object.entries(first?.keys ?? {});
  const isComplete = values.every(([, value]) => typeof value === 'string' && value !== '');
  if (more.length > 0 || values.length === 0 || !isComplete) return FAILED;
  return values.map(([name, value]) => `${name}=${String(value)}`).join('/');
}

/** The same, by running the template's whole configuration and looking where each record lies. */
async function localPlaces(
  configuration: DeliveryConfiguration,
  records: readonly string[],
): Promise<readonly string[]> {
  const store = new MemoryObjectStore();
  const firehose = await LocalFirehose.open({
    configuration,
    streamName: 'activity',
    store,
    runtime: systemRuntime,
  });
  const outcomes = firehose.putRecords(records.map((record) => Buffer.from(record)));
  await firehose.close();
  assert.ok((await outcomes).every(({ status }) => status === 'delivered'));
  const places = new Map<number, string>();
  for (const [key, body] of store.objects) {
    const [, place] = /^raw\/(.*)\/[^/]*$/.exec(key) ?? [];
    for (const line of gunzipSync(body).toString().trimEnd().split('\n')) {
      const record = place === undefined ? rawDataOf(line) : line;
      places.set(numbered.parse(JSON.parse(record)).record, place ?? key.split('/')[1] ?? '');
    }
  }
  return records.map((_, index) => places.get(index) ?? 'nowhere');
}

const numbered = z.object({ record: z.number() });
const rawDataOf = (line: string): string =>
  Buffer.from(z.object({ rawData: z.base64() }).parse(JSON.parse(line)).rawData, 'base64').toString();
