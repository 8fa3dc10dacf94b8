import assert from 'node:assert/strict';
import { gunzipSync } from 'node:zlib';
import { LocalFirehose, type LocalFirehoseOptions } from '../../../local/firehose/index.ts';
import { FileObjectStore } from '../../../local/stores/object-store.ts';
import { type DeliveryConfiguration, deliveryConfiguration } from '../../../pipeline/delivery.ts';
import { afterTest } from '../../runner/running-test.ts';
import { contents, contentsByFolder, failedRecords, record } from '../../support/aws/firehose-records.ts';
import { MemoryObjectStore } from '../../support/lake/memory-object-store.ts';
import { tempDir } from '../../support/process/temp-dir.ts';
import { TestRuntime } from '../../support/time/test-runtime.ts';
import { until } from '../../support/time/until.ts';

/** A store that can refuse objects. */
class RefusingStore extends MemoryObjectStore {
  refusal: Error | undefined;
  attempts = 0;

  override put(key: string, body: Uint8Array): Promise<void> {
    this.attempts += 1;
    return this.refusal === undefined ? super.put(key, body) : Promise.reject(this.refusal);
  }
}

/** In the form in which a synthesized template holds it. */
const specified = deliveryConfiguration<unknown>({
  bucketArn: { 'Fn::GetAtt': ['Lake', 'Arn'] },
  roleArn: { 'Fn::GetAtt': ['Role', 'Arn'] },
});

async function open(options: Partial<LocalFirehoseOptions> = {}) {
  const runtime = new TestRuntime();
  const store = new RefusingStore();
  const firehose = await LocalFirehose.open({
    configuration: specified,
    streamName: 'activity',
    store,
    runtime,
    ...options,
  });
  afterTest(() => firehose.close());
  return { firehose, runtime, store };
}

async function deliver(firehose: LocalFirehose, records: readonly Uint8Array[]) {
  const outcomes = firehose.putRecords(records);
  await firehose.flush();
  return (await outcomes).map(({ status }) => status);
}

const event = (ts: string, activity_type = 'idle', more: object = {}) => ({ activity_type, ts, ...more });
const AT_NINE = '2026-11-20T09:10:11.123Z';
const AT_TEN = '2026-11-20T10:00:00.000Z';
const FAILED = 'errors/metadata-extraction-failed/';

const sorted = (firehose: LocalFirehose, partitions: number) =>
  until(`${partitions} partitions are open`, () => firehose.status().activePartitions === partitions);

describe('delivery by the specification', () => {
  it('splits records and writes each event as a line into its partition', async () => {
    const { firehose, store } = await open();

    const outcomes = await deliver(firehose, [
      record(event(AT_NINE), event(AT_TEN, 'word', { length: 5 })),
      record(`${JSON.stringify(event(AT_NINE, 'idle', { seq: 2 }))}${JSON.stringify(event(AT_TEN))}`),
    ]);

    assert.deepEqual(outcomes, ['delivered', 'delivered']);
    assert.deepEqual(await contentsByFolder(store), {
      'raw/activity_type=idle/dt=2026-11-20/hour=09/': `${JSON.stringify(event(AT_NINE))}\n${JSON.stringify(event(AT_NINE, 'idle', { seq: 2 }))}\n`,
      'raw/activity_type=idle/dt=2026-11-20/hour=10/': `${JSON.stringify(event(AT_TEN))}\n`,
      'raw/activity_type=word/dt=2026-11-20/hour=10/': `${JSON.stringify(event(AT_TEN, 'word', { length: 5 }))}\n`,
    });
  });

  it('names objects by stream, version, arrival and identity', async () => {
    const { firehose, store } = await open();

    await deliver(firehose, [record(event(AT_NINE))]);

    assert.deepEqual(
      [...store.objects.keys()],
      [
        'raw/activity_type=idle/dt=2026-11-20/hour=09/activity-1-2026-11-20-09-00-00-00000001-0000-4000-8000-000000000000.json.gz',
      ],
    );
  });

  it('writes the same bytes in every run', async () => {
    const runs: unknown[] = [];
    for (let run = 0; run < 2; run++) {
      const { firehose, store } = await open();
      await deliver(firehose, [record(event(AT_NINE), event(AT_TEN), 'no json')]);
      runs.push(new Map([...store.objects].map(([key, body]) => [key, Buffer.from(body).toString('hex')])));
    }

    assert.deepEqual(runs[0], runs[1]);
  });

  for (const [what, text, message] of [
    ['a null key', { activity_type: null, ts: AT_NINE }, /Cannot index object with null/],
    ['an unknown type', event(AT_NINE, 'keylog'), /must not be null or empty: activity_type/],
    ['an empty time', event(''), /must not be null or empty: dt/],
    ['a malformed time', event('20.11.2026 09:10'), /must not be null or empty: dt/],
    ['a day that does not exist', event('2026-02-31T09:10:11.123Z'), /must not be null or empty: dt/],
    ['no time at all', { activity_type: 'idle' }, /must not be null or empty: dt/],
    ['malformed JSON', '{"activity_type":"idle"', /Non JSON record provided/],
    ['a list of events', [event(AT_NINE)], /Cannot index array with string/],
    ['nothing', '', /Non JSON record provided/],
  ] as const) {
    it(`keeps a record with ${what} under the error prefix and nowhere else`, async () => {
      const { firehose, store, runtime } = await open();
      const raw = record(text);

      const outcomes = await deliver(firehose, [raw]);

      assert.deepEqual(outcomes, ['delivered']);
      const keys = [...store.objects.keys()];
      assert.equal(keys.length, 1);
      assert.match(keys[0] ?? '', /^errors\/metadata-extraction-failed\/2026\/11\/20\/activity-1-/);
      const [failed, ...others] = await failedRecords(store, FAILED);
      assert.equal(others.length, 0);
      assert.match(failed?.errorMessage ?? '', message);
      assert.deepEqual(failed, {
        attemptsMade: 1,
        arrivalTimestamp: runtime.now(),
        errorCode: 'DynamicPartitioning.MetadataExtractionFailed',
        errorMessage: failed?.errorMessage,
        attemptEndingTimestamp: runtime.now(),
        rawData: Buffer.from(raw).toString(),
      });
    });
  }

  it('delivers the good events of a record whose others fail', async () => {
    const { firehose, store } = await open();

    await deliver(firehose, [record(event(AT_NINE), 'garbage', event('never'), event(AT_NINE))]);

    const line = `${JSON.stringify(event(AT_NINE))}\n`;
    assert.deepEqual(await contentsByFolder(store, 'raw/'), {
      'raw/activity_type=idle/dt=2026-11-20/hour=09/': line + line,
    });
    assert.deepEqual(
      (await failedRecords(store, FAILED)).map(({ rawData }) => rawData),
      ['garbage', JSON.stringify(event('never'))],
    );
    assert.deepEqual(firehose.status().failedRecords, { 'metadata-extraction-failed': 2 });
  });

  it('passes a record of more than 500 events on whole, which fails', async () => {
    const { firehose, store } = await open();
    const events = Array.from({ length: 501 }, () => event(AT_NINE));

    await deliver(firehose, [record(...events)]);

    const [failed, ...others] = await failedRecords(store, FAILED);
    assert.equal(failed?.rawData, Buffer.from(record(...events)).toString());
    assert.equal(failed.errorMessage, 'Non JSON record provided');
    assert.equal(others.length, 0);
  });

  it('writes into a folder what it writes into memory', async () => {
    const folder = new FileObjectStore(await tempDir());
    const { firehose } = await open({ store: folder });
    const inMemory = await open();
    const records = [record(event(AT_NINE), 'garbage', event(AT_TEN, 'word'))];

    await deliver(firehose, records);
    await deliver(inMemory.firehose, records);

    assert.deepEqual(await contents(folder), await contents(inMemory.store));
  });
});

describe('buffering', () => {
  it('answers only once the interval has passed and the object is stored', async () => {
    const { firehose, runtime, store } = await open();
    let answered = false;
    const outcomes = firehose.putRecords([record(event(AT_NINE))]).then((result) => {
      answered = true;
      return result;
    });
    await sorted(firehose, 1);

    runtime.pass(299_999);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(answered, false);
    assert.equal(firehose.status().activePartitions, 1);
    assert.equal(store.objects.size, 0);

    runtime.pass(1);
    assert.deepEqual(await outcomes, [{ status: 'delivered' }]);
    assert.equal(store.objects.size, 1);
    assert.deepEqual(
      { ...firehose.status(), failedRecords: {} },
      {
        pendingRecords: 0,
        pendingBytes: 0,
        activePartitions: 0,
        deliveredRecords: 1,
        deliveredObjects: 1,
        failedRecords: {},
        storeError: undefined,
      },
    );
  });

  it('accepts another interval than that of the configuration', async () => {
    const { firehose, runtime } = await open({ bufferIntervalMs: 5000 });
    const outcomes = firehose.putRecords([record(event(AT_NINE))]);
    await sorted(firehose, 1);

    runtime.pass(5000);

    assert.deepEqual(await outcomes, [{ status: 'delivered' }]);
  });

  it('delivers each partition by its own oldest record', async () => {
    const { firehose, runtime, store } = await open();
    const first = firehose.putRecords([record(event(AT_NINE))]);
    await sorted(firehose, 1);
    runtime.pass(100_000);
    const second = firehose.putRecords([record(event(AT_TEN))]);
    await sorted(firehose, 2);

    runtime.pass(200_000);
    await first;
    assert.deepEqual(Object.keys(await contentsByFolder(store)), [
      'raw/activity_type=idle/dt=2026-11-20/hour=09/',
    ]);

    runtime.pass(100_000);
    await second;
    assert.equal(store.objects.size, 2);
    assert.match([...store.objects.keys()][1] ?? '', /activity-1-2026-11-20-09-01-40-/);
  });

  it('delivers a partition as soon as it is full', async () => {
    const configuration = plain({ BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 300 } });
    const { firehose, store } = await open({ configuration });

    const outcomes = await firehose.putRecords([Buffer.alloc(600_000), Buffer.alloc(600_000)]);

    assert.deepEqual(outcomes, [{ status: 'delivered' }, { status: 'delivered' }]);
    assert.equal([...store.objects.values()][0]?.length, 1_200_000);
  });

  it('delivers early what would fill the memory', async () => {
    const { firehose, store } = await open({ maxBufferedBytes: 10_000 });
    const big = event(AT_NINE, 'idle', { padding: 'x'.repeat(11_000) });

    assert.deepEqual(await firehose.putRecords([record(big)]), [{ status: 'delivered' }]);

    assert.equal(store.objects.size, 1);
  });

  it('settles several waiting senders with their own outcomes', async () => {
    const { firehose, runtime } = await open();
    const senders = [
      firehose.putRecords([record(event(AT_NINE)), record(event(AT_TEN))]),
      firehose.putRecords([]),
      firehose.putRecords([record('garbage')]),
    ];
    await until('the garbage has failed', () => runtime.timers === 3);

    runtime.pass(300_000);

    assert.deepEqual(
      (await Promise.all(senders)).map((outcomes) => outcomes.length),
      [2, 0, 1],
    );
  });
});

describe('more partitions than may be open', () => {
  const hours = (count: number) =>
    Array.from({ length: count }, (_, hour) =>
      record(event(new Date(Date.UTC(2026, 0, 1, hour)).toISOString())),
    );

  it('lands the excess under the error prefix, as in AWS', async () => {
    const { firehose, store } = await open({ whenPartitionsExceed: 'error' });

    const outcomes = await deliver(firehose, [...hours(502), ...hours(1)]);

    assert.ok(outcomes.every((status) => status === 'delivered'));
    assert.equal(Object.keys(await contents(store, 'raw/')).length, 500);
    const failed = await failedRecords(store, 'errors/activePartitionExceeded/2026/11/20/');
    assert.deepEqual(
      failed.map(({ rawData }) => JSON.parse(rawData).ts),
      ['2026-01-21T20:00:00.000Z', '2026-01-21T21:00:00.000Z'],
    );
    assert.match(failed[0]?.errorMessage ?? '', /^500 partitions are open already/);
  });

  it('has room again once partitions are delivered', async () => {
    const { firehose, store } = await open({ whenPartitionsExceed: 'error', maxActivePartitions: 3 });

    await deliver(firehose, hours(3));
    await deliver(firehose, hours(6).slice(3));

    assert.equal(Object.keys(await contents(store, 'raw/')).length, 6);
    assert.deepEqual(firehose.status().failedRecords, {});
  });

  it('writes the oldest early by default, and loses none', async () => {
    const { firehose, store } = await open({ maxActivePartitions: 10 });
    let most = 0;
    const waiting = firehose.putRecords(hours(25));
    await until(
      'every hour is sorted',
      () => firehose.status().deliveredRecords >= 15,
      () => {
        most = Math.max(most, firehose.status().activePartitions);
      },
    );

    await firehose.flush();
    await waiting;
    assert.equal(most, 10);
    assert.equal(Object.keys(await contents(store, 'raw/')).length, 25);
    assert.deepEqual(firehose.status().failedRecords, {});
  });
});

describe('a store that refuses', () => {
  it('receives the same objects again after growing pauses, until it accepts them', async () => {
    const { firehose, runtime, store } = await open();
    store.refusal = new Error('disk full');
    const outcomes = firehose.putRecords([record(event(AT_NINE))]);
    await sorted(firehose, 1);
    const refused = (attempts: number) =>
      until(`${attempts} attempts`, () => store.attempts === attempts && runtime.timers === 1);

    runtime.pass(300_000);
    await refused(1);
    assert.equal(firehose.status().storeError, 'disk full');
    assert.equal(firehose.status().pendingRecords, 1);
    assert.equal(firehose.status().activePartitions, 1);
    runtime.pass(1000);
    await refused(2);
    runtime.pass(1999);
    await refused(2);
    store.refusal = undefined;
    runtime.pass(1);

    assert.deepEqual(await outcomes, [{ status: 'delivered' }]);
    assert.equal(store.attempts, 3);
    assert.equal(store.objects.size, 1);
    assert.equal(firehose.status().storeError, undefined);
  });

  it('makes the records retryable after the retry time, and they are no longer kept', async () => {
    const { firehose, runtime, store } = await open();
    store.refusal = new Error('disk full');
    const outcomes = firehose.putRecords([record(event(AT_NINE), 'garbage')]);
    await sorted(firehose, 1);

    await until(
      'the records are given back',
      () => firehose.status().pendingRecords === 0,
      () => runtime.pass(100),
    );

    assert.deepEqual(await outcomes, [{ status: 'retryable', reason: 'disk full' }]);
    assert.equal(firehose.status().pendingRecords, 0);
    assert.equal(firehose.status().pendingBytes, 0);
    assert.equal(runtime.timers, 0);
  });

  it('returns them as retryable at once when flushed, and accepts them at the next attempt', async () => {
    const { firehose, store } = await open();
    store.refusal = new Error('disk full');

    assert.deepEqual(await deliver(firehose, [record(event(AT_NINE))]), ['retryable']);
    store.refusal = undefined;

    assert.deepEqual(await deliver(firehose, [record(event(AT_NINE))]), ['delivered']);
    assert.equal(store.objects.size, 1);
  });

  it('does not delay accepted events', async () => {
    const { firehose, store } = await open();
    const put = store.put.bind(store);
    store.put = (key, body) => (key.includes('hour=09') ? Promise.reject(new Error('no')) : put(key, body));

    const outcomes = await deliver(firehose, [
      record(event(AT_NINE)),
      record(event(AT_TEN)),
      record(event(AT_NINE), event(AT_TEN)),
    ]);

    assert.deepEqual(outcomes, ['retryable', 'delivered', 'retryable']);
  });

  it('for a key that can never be one, sends the record to the error prefix', async () => {
    const { firehose } = await open({
      configuration: partitioned('{"k":(.k)}', 'raw/!{partitionKeyFromQuery:k}/'),
      store: new FileObjectStore(await tempDir()),
    });

    assert.deepEqual(await deliver(firehose, [record({ k: '..' }, { k: 'fine' })]), ['delivered']);

    assert.deepEqual(firehose.status().failedRecords, { 'delivery-failed': 1 });
    assert.equal(firehose.status().deliveredRecords, 1);
  });
});

describe('the end', () => {
  it('delivers buffered events, leaves no timer, and refuses later events', async () => {
    const { firehose, runtime, store } = await open();
    const outcomes = firehose.putRecords([record(event(AT_NINE))]);

    await firehose.close();
    await firehose.close();

    assert.deepEqual(await outcomes, [{ status: 'delivered' }]);
    assert.equal(store.objects.size, 1);
    assert.equal(runtime.timers, 0);
    const [late] = await firehose.putRecords([record(event(AT_NINE))]);
    assert.equal(late?.status, 'retryable');
  });
});

describe('announcing delivered objects', () => {
  it('reports every key once, when the object exists', async () => {
    const announced: string[] = [];
    const store = new MemoryObjectStore();
    const { firehose } = await open({
      store,
      onDelivered: async (keys) => {
        for (const key of keys) assert.ok(store.objects.has(key));
        announced.push(...keys);
      },
    });

    await deliver(firehose, [record(event(AT_NINE), event(AT_TEN), 'garbage')]);

    assert.equal(announced.length, 3);
    assert.deepEqual(new Set(announced), new Set(store.objects.keys()));
  });

  it('is waited for by flush, and repeated with the next objects when it failed', async () => {
    const reported: string[] = [];
    let failure: Error | undefined = new Error('rollup failed');
    const { firehose, store } = await open({
      onDelivered: async (keys) => {
        if (failure !== undefined) throw failure;
        reported.push(...keys);
      },
    });
    const outcomes = firehose.putRecords([record(event(AT_NINE))]);
    await assert.rejects(firehose.flush(), failure);
    assert.deepEqual(await outcomes, [{ status: 'delivered' }]);

    failure = undefined;
    await deliver(firehose, [record(event(AT_TEN))]);

    assert.equal(reported.length, 2);
    assert.deepEqual(new Set(reported), new Set(store.objects.keys()));
  });
});

// https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-partitioning-keys.html
describe("the example of AWS's page on partitioning keys", () => {
  const query =
    '{"customer_id":(.customer_id),"device":(.type.device),"year":(.event_timestamp|strftime("%Y")),' +
    '"month":(.event_timestamp|strftime("%m")),"day":(.event_timestamp|strftime("%d")),"hour":(.event_timestamp|strftime("%H"))}';
  const prefix = ['customer_id', 'device', 'year', 'month', 'day', 'hour']
    .map((name) => `${name}=!{partitionKeyFromQuery:${name}}/`)
    .join('');
  const sample = {
    type: { device: 'mobile', event: 'user_clicked_submit_button' },
    customer_id: '1234567890',
    event_timestamp: 1565382027,
    region: 'sample_region',
  };

  it('delivers the sample record to the prefix of the page', async () => {
    const { firehose, store } = await open({ configuration: partitioned(query, prefix) });

    await deliver(firehose, [record(sample)]);

    assert.deepEqual(await contentsByFolder(store), {
      'customer_id=1234567890/device=mobile/year=2019/month=08/day=09/hour=20/': `${JSON.stringify(sample)}\n`,
    });
  });

  for (const [what, change] of [
    ['a null key', { customer_id: null }],
    ['an empty key', { customer_id: '' }],
    ['a key that is missing', { type: {} }],
    ['an expression that fails', { event_timestamp: '2019' }],
    ['a key that is an object', { customer_id: { id: 1 } }],
    ['keys that make the prefix longer than 512 characters', { customer_id: 'x'.repeat(452) }],
  ] as const) {
    it(`fails a record with ${what}`, async () => {
      const { firehose, store } = await open({ configuration: partitioned(query, prefix) });

      await deliver(firehose, [record({ ...sample, ...change }), record(sample)]);

      assert.equal((await failedRecords(store, 'failed/metadata-extraction-failed/')).length, 1);
      assert.equal(firehose.status().deliveredRecords, 1);
    });
  }

  it('accepts numbers and booleans as keys', async () => {
    const { firehose, store } = await open({
      configuration: partitioned(
        '{"a":(.a),"b":(.b)}',
        'a=!{partitionKeyFromQuery:a}/b=!{partitionKeyFromQuery:b}/',
      ),
    });

    await deliver(firehose, [record({ a: 12, b: false })]);

    assert.deepEqual(Object.keys(await contentsByFolder(store)), ['a=12/b=false/']);
  });
});

describe('delivery without dynamic partitioning', () => {
  it('writes records as they came, one behind the other, under the time of arrival', async () => {
    const { firehose, store } = await open({ configuration: plain({ Prefix: 'log/' }) });

    await deliver(firehose, [Buffer.from('a\n'), Buffer.from([0, 255])]);

    assert.deepEqual(
      [...store.objects].map(([key, body]) => [key.slice(0, 18), [...body]]),
      [['log/2026/11/20/09/', [97, 10, 0, 255]]],
    );
  });

  it('compresses under the extension of its format', async () => {
    const { firehose, store } = await open({ configuration: plain({ CompressionFormat: 'GZIP' }) });

    await deliver(firehose, [Buffer.from('text')]);

    const [[key, body] = ['', new Uint8Array()]] = store.objects;
    assert.match(key, /\.gz$/);
    assert.equal(gunzipSync(body).toString(), 'text');
    assert.deepEqual([...body.subarray(4, 8), body[9]], [0, 0, 0, 0, 255]);
  });

  it('names objects in the custom time zone', async () => {
    const { firehose, store } = await open({ configuration: plain({ CustomTimeZone: 'Asia/Tokyo' }) });

    await deliver(firehose, [Buffer.from('text')]);

    assert.match([...store.objects.keys()][0] ?? '', /^2026\/11\/20\/18\/activity-1-2026-11-20-18-00-00-/);
  });
});

const plain = (more: Partial<DeliveryConfiguration>): DeliveryConfiguration => ({
  BucketARN: 'arn:aws:s3:::bucket',
  RoleARN: 'arn:aws:iam::1:role/r',
  ...more,
});

function partitioned(query: string, prefix: string): DeliveryConfiguration {
  return plain({
    Prefix: prefix,
    ErrorOutputPrefix: 'failed/!{firehose:error-output-type}/',
    DynamicPartitioningConfiguration: { Enabled: true },
    ProcessingConfiguration: {
      Enabled: true,
      Processors: [
        {
          Type: 'RecordDeAggregation',
          Parameters: [{ ParameterName: 'SubRecordType', ParameterValue: 'JSON' }],
        },
        {
          Type: 'MetadataExtraction',
          Parameters: [
            { ParameterName: 'MetadataExtractionQuery', ParameterValue: query },
            { ParameterName: 'JsonParsingEngine', ParameterValue: 'JQ-1.6' },
          ],
        },
        {
          Type: 'AppendDelimiterToRecord',
          Parameters: [{ ParameterName: 'Delimiter', ParameterValue: '\\n' }],
        },
      ],
    },
  });
}
