/** The Firehose of the template, run on this machine: what is deployed is what was tested. */
import assert from 'node:assert/strict';
import { gunzipSync } from 'node:zlib';
import type { S3Client } from '@aws-sdk/client-s3';
import { systemRuntime } from '../../agent/src/runtime.ts';
import { S3ObjectStore } from '../../aws/stores/object-store.ts';
import { LocalFirehose } from '../../local/firehose/index.ts';
import { JqProgram } from '../../local/firehose/jq.ts';
import { deliveryConfiguration } from '../../pipeline/delivery.ts';
import { s3ClientFor } from '../support/aws/s3-client.ts';
import { S3Server } from '../support/aws/s3-server.ts';
import { synth } from '../support/cdk/synth.ts';
import { onlyOf } from '../support/cdk/template.ts';
import { sampleEvent } from '../support/lake/raw-samples.ts';

const configuration = onlyOf(synth().template('ingestion'), 'AWS::KinesisFirehose::DeliveryStream').properties
  .ExtendedS3DestinationConfiguration as Parameters<typeof LocalFirehose.open>[0]['configuration'];

const OBJECT = String.raw`activity-1-\d{4}(-\d\d){5}-[0-9a-f-]{36}`;
const idle = { ...sampleEvent(), activity_type: 'idle', ts: '2026-11-20T23:59:59.999Z' };
const line = (event: object) => `${JSON.stringify(event)}\n`;

describe('the synthesized delivery', () => {
  let server: S3Server;
  let client: S3Client;
  let firehose: LocalFirehose;

  beforeAll(async () => {
    server = await S3Server.start('lake');
    client = s3ClientFor(server);
    firehose = await LocalFirehose.open({
      configuration,
      streamName: 'activity',
      store: new S3ObjectStore({ client, bucket: 'lake' }),
      runtime: systemRuntime,
    });
  });
  afterAll(async () => {
    await firehose.close();
    client.destroy();
    await server.close();
  });

  /** Puts each text as one record; returns the lines that were stored, by the folder of their object. */
  async function deliver(...records: string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    server.objects.clear();
    const outcomes = firehose.putRecords(records.map((record) => Buffer.from(record)));
    await firehose.flush();
    assert.ok((await outcomes).every(({ status }) => status === 'delivered'));
    return new Map(
      [...server.objects].map(([key, object]) => {
        assert.match(key, new RegExp(`/${OBJECT}(\\.json\\.gz)?$`));
        return [key.slice(0, key.lastIndexOf('/') + 1), gunzipSync(object).toString().trimEnd().split('\n')];
      }),
    );
  }

  it('is the specification of the pipeline, word for word', () => {
    const { BucketARN, RoleARN, CloudWatchLoggingOptions, ...specified } = configuration;
    const {
      BucketARN: _bucket,
      RoleARN: _role,
      ...expected
    } = deliveryConfiguration({ bucketArn: '', roleArn: '' });
    assert.deepEqual(specified, expected);
    assert.ok(BucketARN && RoleARN && CloudWatchLoggingOptions?.Enabled);
  });

  it('has a query that jq 1.6 compiles and whose keys are those of the prefix', async () => {
    const processors = configuration.ProcessingConfiguration?.Processors ?? [];
    const query = processors
      .find(({ Type }) => Type === 'MetadataExtraction')
      ?.Parameters?.find(({ ParameterName }) => ParameterName === 'MetadataExtractionQuery')?.ParameterValue;
    assert.ok(query !== undefined);
    const program = await JqProgram.compile(query);
    const [result] = await program.evaluate([Buffer.from(JSON.stringify(sampleEvent()))]);
    assert.deepEqual(result, { ok: true, value: { activity_type: 'sample', dt: '2026-11-20', hour: '09' } });
    const inPrefix = [...(configuration.Prefix ?? '').matchAll(/!\{partitionKeyFromQuery:(\w+)\}/g)];
    assert.deepEqual(
      inPrefix.map(([, key]) => key),
      ['activity_type', 'dt', 'hour'],
    );
  });

  it('splits the events of one record and sorts them by type, date and hour of the event', async () => {
    const sample = sampleEvent();
    const stored = await deliver(line(sample) + line(idle) + line({ ...sample, seq: 2 }));
    assert.deepEqual(
      stored,
      new Map([
        [
          'raw/activity_type=sample/dt=2026-11-20/hour=09/',
          [JSON.stringify(sample), JSON.stringify({ ...sample, seq: 2 })],
        ],
        ['raw/activity_type=idle/dt=2026-11-20/hour=23/', [JSON.stringify(idle)]],
      ]),
    );
  });

  for (const [what, record] of [
    ['an unknown activity type', line({ ...sampleEvent(), activity_type: '../etc' })],
    ['an empty activity type', line({ ...sampleEvent(), activity_type: '' })],
    ['no activity type', line({ ts: '2026-11-20T09:10:00.000Z' })],
    ['a moment without a zone', line({ ...idle, ts: '2026-11-20T09:10:00.000' })],
    ['a day that does not exist', line({ ...idle, ts: '2026-02-31T09:10:00.000Z' })],
    ['a null for a moment', line({ ...idle, ts: null })],
    ['what is not JSON', 'hello\n'],
  ] as const) {
    it(`keeps ${what} under errors/, to be replayed`, async () => {
      const stored = await deliver(record);
      assert.equal(stored.size, 1);
      const [[folder, lines] = ['', []]] = stored;
      assert.match(folder, /^errors\/metadata-extraction-failed\/\d{4}\/\d\d\/\d\d\/$/);
      const failed: { rawData: string } = JSON.parse(lines[0] ?? '');
      assert.equal(Buffer.from(failed.rawData, 'base64').toString().trimEnd(), record.trimEnd());
    });
  }
});
