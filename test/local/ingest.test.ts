import assert from 'node:assert/strict';
import { LocalFirehose } from '../../local/firehose/index.ts';
import { IngestError, ingest, type RejectedLine } from '../../local/ingest.ts';
import { deliveryConfiguration } from '../../pipeline/delivery.ts';
import { afterTest } from '../runner/running-test.ts';
import { contentsByFolder } from '../support/aws/firehose-records.ts';
import { MemoryObjectStore } from '../support/lake/memory-object-store.ts';
import { sampleEvent } from '../support/lake/raw-samples.ts';
import { TestRuntime } from '../support/time/test-runtime.ts';

const line = (seq: number, ts = '2026-11-20T09:10:00.000Z') => JSON.stringify(sampleEvent({ seq, ts }));

async function* from(lines: Iterable<string>): AsyncIterable<string> {
  yield* lines;
}

async function open(store = new MemoryObjectStore()) {
  const firehose = await LocalFirehose.open({
    configuration: deliveryConfiguration({ bucketArn: 'local', roleArn: 'local' }),
    streamName: 'ingest',
    store,
    runtime: new TestRuntime(),
  });
  afterTest(() => firehose.close());
  return { firehose, store };
}

const none = (rejected: RejectedLine) => assert.fail(rejected.message);

describe('ingesting lines', () => {
  it('puts every event of every hour into the lake, in its order', async () => {
    const { firehose, store } = await open();
    const nine = Array.from({ length: 500 }, (_, index) => line(index + 1));
    const ten = Array.from({ length: 300 }, (_, index) => line(index + 501, '2026-11-20T10:00:00.000Z'));

    const report = await ingest({ lines: from([...nine, ...ten]), firehose, onRejected: none });

    assert.deepEqual(report, { accepted: 800, rejected: {}, objects: 2 });
    assert.deepEqual(await contentsByFolder(store), {
      'raw/activity_type=sample/dt=2026-11-20/hour=09/': nine.map((each) => `${each}\n`).join(''),
      'raw/activity_type=sample/dt=2026-11-20/hour=10/': ten.map((each) => `${each}\n`).join(''),
    });
  });

  it('counts invalid lines by reason, with place and cause, and accepts the rest', async () => {
    const { firehose, store } = await open();
    const rejected: RejectedLine[] = [];
    const bad = JSON.stringify({ ...sampleEvent(), ts: 'yesterday' });
    const lines = [line(1), 'no json', '', '  ', bad, '{"activity_type":"keylog"}', '5', line(2)];

    const report = await ingest({ lines: from(lines), firehose, onRejected: (each) => rejected.push(each) });

    assert.deepEqual(report, {
      accepted: 2,
      rejected: { not_json: 1, invalid_field: 1, unknown_activity_type: 2 },
      objects: 1,
    });
    assert.deepEqual(
      rejected.map(({ lineNumber, reason }) => [lineNumber, reason]),
      [
        [2, 'not_json'],
        [5, 'invalid_field'],
        [6, 'unknown_activity_type'],
        [7, 'unknown_activity_type'],
      ],
    );
    assert.equal(rejected[1]?.line, bad);
    assert.match(rejected[1].message, /^ts: .*"yesterday"$/);
    assert.equal(Object.keys(await contentsByFolder(store, 'errors/')).length, 0);
  });

  it('writes nothing for nothing', async () => {
    const { firehose, store } = await open();

    assert.deepEqual(await ingest({ lines: from(['', ' ']), firehose, onRejected: none }), {
      accepted: 0,
      rejected: {},
      objects: 0,
    });
    assert.equal(store.objects.size, 0);
  });

  it('counts its own objects only', async () => {
    const { firehose } = await open();
    await ingest({ lines: from([line(1)]), firehose, onRejected: none });

    const report = await ingest({ lines: from([line(2)]), firehose, onRejected: none });

    assert.equal(report.objects, 1);
  });

  it('packs records of at most 200 events and 25 KiB, as the agent does', async () => {
    const records: Uint8Array[] = [];
    const firehose = {
      putRecords: async (batch: readonly Uint8Array[]) => {
        records.push(...batch);
        return batch.map(() => ({ status: 'delivered' as const }));
      },
      flush: async () => {},
      status: () => ({ ...EMPTY_STATUS }),
    };
    const small = JSON.stringify({
      ...sampleEvent({
        from_s: 0,
        to_s: 1,
        keys: null,
        clicks: null,
        scrolls: null,
        distance_px: null,
        segments: [{ app: null, site: null, title: null, from_s: 0, to_s: 1 }],
      }),
    });

    await ingest({ lines: from(Array.from({ length: 450 }, () => small)), firehose, onRejected: none });

    assert.equal(
      records.map((record) => Buffer.from(record).toString().split('\n').length).reduce((a, b) => a + b),
      450,
    );
    assert.ok(records.every((record) => record.length <= 25 * 1024));
    assert.ok(records.every((record) => Buffer.from(record).toString().split('\n').length <= 200));
    assert.ok(records.length <= Math.ceil((450 * (small.length + 1)) / 24_000));
  });

  it('never has more under way than its limit, however many lines there are', async () => {
    let underWay = 0;
    let most = 0;
    let flushes = 0;
    let answer: () => void = () => {};
    let flushed = new Promise<void>((resolve) => (answer = resolve));
    const firehose = {
      putRecords: async (batch: readonly Uint8Array[]) => {
        underWay += batch.reduce((sum, record) => sum + record.length, 0);
        most = Math.max(most, underWay);
        await flushed;
        return batch.map(() => ({ status: 'delivered' as const }));
      },
      flush: async () => {
        flushes += 1;
        underWay = 0;
        answer();
        flushed = new Promise<void>((resolve) => (answer = resolve));
      },
      status: () => ({ ...EMPTY_STATUS }),
    };
    const long = JSON.stringify(sampleEvent({ flags: Array.from({ length: 16 }, () => 'x'.repeat(64)) }));
    const count = Math.ceil((150 << 20) / long.length);

    await ingest({ lines: from(repeat(long, count)), firehose, onRejected: none });

    assert.ok(flushes >= 2, `${flushes} flushes`);
    assert.ok(most < 70 << 20, `${most} bytes under way`);
  });

  it('fails with the reason when the store refuses the objects', async () => {
    const store = new MemoryObjectStore();
    store.put = () => Promise.reject(new Error('no space left on device'));
    const { firehose } = await open(store);

    await assert.rejects(ingest({ lines: from([line(1)]), firehose, onRejected: none }), (error) => {
      assert.ok(error instanceof IngestError);
      assert.match(error.message, /no space left on device\. Fix the cause, then ingest the file again/);
      return true;
    });
  });
});

const EMPTY_STATUS = {
  pendingRecords: 0,
  pendingBytes: 0,
  activePartitions: 0,
  deliveredRecords: 0,
  deliveredObjects: 0,
  failedRecords: {},
  storeError: undefined,
} as const;

function* repeat(text: string, times: number): Iterable<string> {
  for (let time = 0; time < times; time++) yield text;
}
