import assert from 'node:assert/strict';
import { resolveConfiguration } from '../../../local/firehose/configuration.ts';
import { FirehoseConfigurationError, LocalFirehose } from '../../../local/firehose/index.ts';
import {
  type DeliveryConfiguration,
  type DeliveryProcessor,
  deliveryConfiguration,
  deliverySpec,
} from '../../../pipeline/delivery.ts';
import { MemoryObjectStore } from '../../support/lake/memory-object-store.ts';
import { TestRuntime } from '../../support/time/test-runtime.ts';

const specified = deliveryConfiguration({ bucketArn: 'arn:bucket', roleArn: 'arn:role' });
const bare: DeliveryConfiguration = { BucketARN: 'arn:bucket', RoleARN: 'arn:role' };

const processing = (...Processors: readonly DeliveryProcessor[]) => ({
  ProcessingConfiguration: { Enabled: true, Processors },
});
const processor = (Type: string, parameters: Readonly<Record<string, string>> = {}): DeliveryProcessor => ({
  Type,
  Parameters: Object.entries(parameters).map(([ParameterName, ParameterValue]) => ({
    ParameterName,
    ParameterValue,
  })),
});

function refused(configuration: DeliveryConfiguration, rule: RegExp): void {
  assert.throws(
    () => resolveConfiguration(configuration),
    (error) => {
      assert.ok(error instanceof FirehoseConfigurationError);
      assert.equal(error.code, 'invalid_firehose_configuration');
      assert.match(error.message, rule);
      return true;
    },
  );
}

describe('the configuration of a Firehose', () => {
  it('is read with the figures of the delivery specification', () => {
    const resolved = resolveConfiguration(specified);

    assert.equal(resolved.bufferBytes, 64 << 20);
    assert.equal(resolved.bufferIntervalMs, 300_000);
    assert.equal(resolved.retryMs, 300_000);
    assert.equal(resolved.gzip, true);
    assert.equal(resolved.extension, '.json.gz');
    assert.equal(resolved.deaggregate, true);
    assert.equal(resolved.query, deliverySpec.query);
    assert.deepEqual([...resolved.delimiter], [10]);
    assert.deepEqual(resolved.prefix.partitionKeys, ['activity_type', 'dt', 'hour']);
  });

  it('has the defaults of Firehose for missing settings', () => {
    const resolved = resolveConfiguration(bare);

    assert.equal(resolved.bufferBytes, 5 << 20);
    assert.equal(resolved.bufferIntervalMs, 300_000);
    assert.equal(resolved.gzip, false);
    assert.equal(resolved.extension, '');
    assert.equal(resolved.deaggregate, false);
    assert.equal(resolved.query, undefined);
    assert.equal(resolved.delimiter.length, 0);
  });

  it('buffers 128 MiB by default with dynamic partitioning', () => {
    const { BufferingHints: _, ...without } = specified;

    assert.equal(resolveConfiguration(without).bufferBytes, 128 << 20);
  });

  it('has the extension of its compression unless it names one', () => {
    assert.equal(resolveConfiguration({ ...bare, CompressionFormat: 'GZIP' }).extension, '.gz');
    assert.equal(resolveConfiguration({ ...bare, FileExtension: '.log' }).extension, '.log');
  });

  it('uses the configured delimiter', () => {
    const resolved = resolveConfiguration({
      ...bare,
      ...processing(processor('AppendDelimiterToRecord', { Delimiter: ';\\n' })),
    });

    assert.equal(Buffer.from(resolved.delimiter).toString(), ';\n');
  });

  it('ignores processors that are switched off', () => {
    const off = { Enabled: false, Processors: [processor('Lambda')] };

    assert.equal(resolveConfiguration({ ...bare, ProcessingConfiguration: off }).deaggregate, false);
  });

  for (const [why, configuration, rule] of [
    [
      'a buffer below 64 MiB with keys',
      { ...specified, BufferingHints: { SizeInMBs: 63 } },
      /SizeInMBs is 63; .*64 to 128/,
    ],
    [
      'a buffer above 128 MiB',
      { ...bare, BufferingHints: { SizeInMBs: 129 } },
      /SizeInMBs is 129; .*1 to 128/,
    ],
    [
      'an interval below 60 s with keys',
      { ...specified, BufferingHints: { IntervalInSeconds: 59 } },
      /IntervalInSeconds is 59; .*60 to 900/,
    ],
    [
      'an interval above 900 s',
      { ...bare, BufferingHints: { IntervalInSeconds: 901 } },
      /IntervalInSeconds is 901/,
    ],
    [
      'a compression that it cannot write',
      { ...bare, CompressionFormat: 'Snappy' },
      /Snappy; .*GZIP or UNCOMPRESSED/,
    ],
    ['a Lambda', { ...bare, ...processing(processor('Lambda')) }, /Lambda cannot run locally/],
    [
      'another type of sub-record',
      { ...bare, ...processing(processor('RecordDeAggregation', { SubRecordType: 'DELIMITED' })) },
      /DELIMITED; .*JSON/,
    ],
    [
      'another engine than jq 1.6',
      { ...specified, ...processing(processor('MetadataExtraction', { JsonParsingEngine: 'JQ-1.7' })) },
      /JQ-1\.7; it must be JQ-1\.6/,
    ],
    [
      'an extraction without its query',
      { ...specified, ...processing(processor('MetadataExtraction', { JsonParsingEngine: 'JQ-1.6' })) },
      /no MetadataExtractionQuery/,
    ],
    [
      'keys without their extraction',
      { ...specified, ...processing() },
      /without a MetadataExtraction processor/,
    ],
    [
      'an extraction without keys in the prefix',
      { ...specified, Prefix: 'raw/', DynamicPartitioningConfiguration: { Enabled: false } },
      /DynamicPartitioningConfiguration\.Enabled/,
    ],
  ] as const) {
    it(`is refused with ${why}`, () => refused(configuration, rule));
  }

  it('is refused at the opening when jq 1.6 cannot compile its query', async () => {
    const query = '{"activity_type":.a // 1}';
    const configuration = {
      ...specified,
      ...processing(
        processor('MetadataExtraction', { MetadataExtractionQuery: query, JsonParsingEngine: 'JQ-1.6' }),
      ),
    };

    const opening = LocalFirehose.open({
      configuration,
      streamName: 'activity',
      store: new MemoryObjectStore(),
      runtime: new TestRuntime(),
    });

    await assert.rejects(opening, (error) => {
      assert.ok(error instanceof FirehoseConfigurationError);
      assert.ok(error.message.includes(query));
      assert.match(error.message, /put every value in parentheses.*syntax error/s);
      return true;
    });
  });
});
