import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { ACTIVITY_TYPES, lakeTables, rawPrefix, utcTimestamp } from '@kinetrack/schema';
import fc from 'fast-check';
import { JqProgram } from '../../local/firehose/jq.ts';
import { deliveryConfiguration, deliverySpec, metadataExtractionQuery } from '../../pipeline/delivery.ts';

const program = await JqProgram.compile(deliverySpec.query);

/** The partition of every event by the query, or undefined where it has none. */
async function partitions(events: readonly unknown[]): Promise<readonly (string | undefined)[]> {
  const results = await program.evaluate(events.map((event) => Buffer.from(JSON.stringify(event))));
  return results.map((result) => (result.ok ? partitionOf(result.value) : undefined));
}

function partitionOf(keys: unknown): string | undefined {
  const values = Object.values(keys as Record<string, unknown>);
  return values.every((value) => typeof value === 'string' && value !== '') ? values.join(' ') : undefined;
}

const TS = '2026-11-20T09:10:11.123Z';

describe('the partition of an event', () => {
  it('is its type, its UTC date and its UTC hour', async () => {
    const events = ACTIVITY_TYPES.map((activity_type) => ({ activity_type, ts: TS }));

    assert.deepEqual(
      await partitions(events),
      ACTIVITY_TYPES.map((type) => `${type} 2026-11-20 09`),
    );
  });

  for (const [what, type] of [
    ['unknown', 'samples'],
    ['of another case', 'Sample'],
    ['a path', '../sample'],
    ['empty', ''],
    ['missing', undefined],
    ['null', null],
    ['a number', 5],
    ['a list', ['sample']],
    ['a name that every object of JavaScript has', 'constructor'],
  ] as const) {
    it(`does not exist if the type is ${what}`, async () => {
      assert.deepEqual(await partitions([{ activity_type: type, ts: TS }]), [undefined]);
    });
  }

  for (const ts of [
    '2026-11-20T09:10:11Z',
    '2026-11-20T09:10:11.123+01:00',
    '2026-11-20 09:10:11.123Z',
    '2026-11-20T24:00:00.000Z',
    '2026-11-20T09:60:00.000Z',
    '2026-11-20T09:10:60.000Z',
    '2026-02-31T09:10:11.123Z',
    '2026-04-31T09:10:11.123Z',
    '2026-02-29T09:10:11.123Z',
    '1900-02-29T09:10:11.123Z',
    '2026-13-01T09:10:11.123Z',
    '2026-00-01T09:10:11.123Z',
    '2026-11-00T09:10:11.123Z',
    '2026-11-20T09:10:11.123Z\n',
    ' 2026-11-20T09:10:11.123Z',
    '٢٠٢٦-11-20T09:10:11.123Z',
    'yesterday',
    '',
    null,
    undefined,
    1_795_165_811,
    {},
  ]) {
    it(`does not exist at ${ts === undefined ? 'no time' : JSON.stringify(ts)}`, async () => {
      assert.deepEqual(await partitions([{ activity_type: 'idle', ts }]), [undefined]);
    });
  }

  it('exists on the leap days that the calendar has', async () => {
    const days = ['2024-02-29', '2000-02-29', '2028-02-29'];

    assert.deepEqual(
      await partitions(days.map((day) => ({ activity_type: 'idle', ts: `${day}T23:59:59.999Z` }))),
      days.map((day) => `idle ${day} 23`),
    );
  });

  it('exists exactly for the moments that the schema accepts', async () => {
    const digits = (max: number) => fc.nat(max).map((value) => String(value).padStart(2, '0'));
    const year = fc.constantFrom('1900', '2000', '2023', '2024', '2026', '2100', '0000');
    const near = fc
      .tuple(year, digits(13), digits(32), digits(25), digits(61), digits(61))
      .map(([y, mo, d, h, mi, s]) => `${y}-${mo}-${d}T${h}:${mi}:${s}.000Z`);
    const broken = fc
      .tuple(near, fc.nat(23), fc.constantFrom('', ' ', 'x', '0', '-', '.'))
      .map(([ts, at, char]) => ts.slice(0, at) + char + ts.slice(at + 1));
    const moments = fc.sample(fc.oneof(near, broken), { numRuns: 3000, seed: 20261120 });

    const found = await partitions(moments.map((ts) => ({ activity_type: 'word', ts })));

    for (const [index, ts] of moments.entries()) {
      const expected = utcTimestamp.safeParse(ts).success
        ? `word ${ts.slice(0, 10)} ${ts.slice(11, 13)}`
        : undefined;
      assert.equal(found[index], expected, ts);
    }
  });

  it('is what jq 1.6 of Debian says, for hundreds of good and bad events', async () => {
    const version = spawnSync('jq', ['--version'], { encoding: 'utf8' }).stdout?.trim();
    assert.equal(version, 'jq-1.6', 'install jq 1.6: apt-get install -y jq on Debian 12');
    const years = { min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true };
    const moment = fc.date(years).map((date) => date.toISOString());
    const anything = fc.jsonValue({ maxDepth: 1 });
    const mostly = <T>(arbitrary: fc.Arbitrary<T>) =>
      fc.oneof({ weight: 3, arbitrary }, { weight: 1, arbitrary: anything });
    const event = fc.record(
      {
        activity_type: mostly(fc.constantFrom(...ACTIVITY_TYPES)),
        ts: mostly(moment),
        title: fc.string({ unit: 'grapheme' }),
      },
      { requiredKeys: ['activity_type'] },
    );
    const events = fc.sample(fc.oneof(event, fc.jsonValue()), { numRuns: 600, seed: 20261120 });
    const query = `try (${deliverySpec.query} | [true, .]) catch [false, .]`;
    const input = events.map((each) => JSON.stringify(each)).join('\n');

    const native = spawnSync('jq', ['-c', query], { input, encoding: 'utf8' });
    const ours = await program.evaluate(events.map((each) => Buffer.from(JSON.stringify(each))));

    assert.equal(native.stderr, '');
    const outputs = native.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      ours.map((result) => (result.ok ? [true, result.value] : [false, result.message])),
      outputs,
    );
    assert.ok(outputs.filter(([ok, keys]) => ok && partitionOf(keys) !== undefined).length > 50);
  });
});

describe('the delivery specification', () => {
  it('writes to the prefixes that the tables of the lake read', () => {
    const events = lakeTables.find(({ name }) => name === 'events');
    const partition = events?.partitions
      .map(({ name }) => `${name}=!{partitionKeyFromQuery:${name}}/`)
      .join('');

    assert.equal(deliverySpec.prefix, `${events?.prefix}${partition}`);
    assert.ok(deliverySpec.prefix.startsWith(rawPrefix('sample').replace('sample/', '!{')));
  });

  it('wraps every expression, since jq 1.6 refuses some unwrapped ones', async () => {
    const query = metadataExtractionQuery({
      year: '.s / 1000 | strftime("%Y")',
      kind: 'if .k then .k else "none" end',
      either: '.x // "y"',
    });

    const [result] = await (await JqProgram.compile(query)).evaluate([Buffer.from('{"s":1795165811000}')]);

    assert.deepEqual(result, { ok: true, value: { year: '2026', kind: 'none', either: 'y' } });
  });

  it('stays within what CloudFormation and Firehose take', () => {
    assert.ok(deliverySpec.query.length < 5120, 'a processor parameter has at most 5120 characters');
    assert.ok(!deliverySpec.query.includes('\\'), 'a backslash would be read twice');
    assert.deepEqual(Object.keys(deliverySpec.partitionKeys), ['activity_type', 'dt', 'hour']);
  });

  it('is a destination with the processors in the order that Firehose demands', () => {
    const configuration = deliveryConfiguration({ bucketArn: 'arn:bucket', roleArn: 'arn:role' });

    assert.equal(configuration.BucketARN, 'arn:bucket');
    assert.equal(configuration.RoleARN, 'arn:role');
    assert.deepEqual(configuration.BufferingHints, { SizeInMBs: 64, IntervalInSeconds: 300 });
    assert.equal(configuration.CompressionFormat, 'GZIP');
    assert.equal(configuration.FileExtension, '.json.gz');
    assert.deepEqual(
      configuration.ProcessingConfiguration?.Processors?.map(({ Type }) => Type),
      ['RecordDeAggregation', 'MetadataExtraction', 'AppendDelimiterToRecord'],
    );
    assert.equal(configuration.DynamicPartitioningConfiguration?.Enabled, true);
    assert.equal('CloudWatchLoggingOptions' in configuration, false);
  });

  it('reports errors to the configured place', () => {
    const logging = { logGroupName: '/kinetrack/delivery', logStreamName: 'S3Delivery' };

    assert.deepEqual(
      deliveryConfiguration({ bucketArn: 'b', roleArn: 'r', logging }).CloudWatchLoggingOptions,
      {
        Enabled: true,
        LogGroupName: '/kinetrack/delivery',
        LogStreamName: 'S3Delivery',
      },
    );
  });
});
