import assert from 'node:assert/strict';
import { FirehoseConfigurationError } from '../../../local/firehose/index.ts';
import { type PrefixOptions, resolvePrefixes } from '../../../local/firehose/prefix.ts';

const AUGUST = Date.UTC(2018, 7, 27, 10, 30);
const JULY = Date.UTC(2018, 6, 6, 23);

function evaluate(options: Partial<PrefixOptions>, arrivalMs = AUGUST) {
  const { data, error } = resolvePrefixes({
    prefix: undefined,
    errorPrefix: undefined,
    timeZone: 'UTC',
    dynamicPartitioning: false,
    ...options,
  });
  let calls = 0;
  const randomString = () => {
    calls += 1;
    return `046b6c7f-${calls}b`;
  };
  return {
    data: data.evaluate({ arrivalMs, randomString, partitionKeys: KEYS }),
    error: error.evaluate({ arrivalMs, randomString, errorType: 'processing-failed' }),
  };
}

const KEYS = new Map(
  Object.entries({
    customer_id: '1234567890',
    device: 'mobile',
    year: '2019',
    month: '08',
    day: '09',
    hour: '20',
  }),
);

const refused = (options: Partial<PrefixOptions>, rule: RegExp) =>
  assert.throws(
    () => evaluate(options),
    (error) => {
      assert.ok(error instanceof FirehoseConfigurationError);
      assert.match(error.message, rule);
      return true;
    },
  );

// https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html#s3-prefix-examples
describe("the examples of AWS's page on custom prefixes", () => {
  it('puts an unspecified prefix under the time of arrival', () => {
    const { data, error } = evaluate({ errorPrefix: 'myFirehoseFailures/!{firehose:error-output-type}/' });

    assert.equal(data, '2018/08/27/10/');
    assert.equal(error, 'myFirehoseFailures/processing-failed/');
  });

  it('refuses a prefix with expressions and no error prefix', () => {
    refused(
      { prefix: '!{timestamp:yyyy/MM/dd}' },
      /ErrorOutputPrefix can't be null when Prefix contains expressions/,
    );
  });

  it('evaluates time and a random string', () => {
    const { data, error } = evaluate({
      prefix: 'myFirehose/DeliveredYear=!{timestamp:yyyy}/anyMonth/rand=!{firehose:random-string}',
      errorPrefix:
        'myFirehoseFailures/!{firehose:error-output-type}/!{timestamp:yyyy}/anyMonth/!{timestamp:dd}',
    });

    assert.equal(data, 'myFirehose/DeliveredYear=2018/anyMonth/rand=046b6c7f-1b');
    assert.equal(error, 'myFirehoseFailures/processing-failed/2018/anyMonth/27');
  });

  it('evaluates a prefix in the form of Hive', () => {
    const { data, error } = evaluate(
      {
        prefix:
          'myPrefix/year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/hour=!{timestamp:HH}/',
        errorPrefix:
          "myErrorPrefix/!{timestamp:'year='yyyy'/month='MM'/day='dd'/hour='HH}/!{firehose:error-output-type}",
      },
      JULY,
    );

    assert.equal(data, 'myPrefix/year=2018/month=07/day=06/hour=23/');
    assert.equal(error, 'myErrorPrefix/year=2018/month=07/day=06/hour=23/processing-failed');
  });

  it('adds the time to a prefix without expressions, and makes an error prefix of it', () => {
    const { data, error } = evaluate({ prefix: 'myFirehosePrefix/' });

    assert.equal(data, 'myFirehosePrefix/2018/08/27/10/');
    assert.equal(error, 'myFirehosePrefix/processing-failed/2018/08/27/10/');
  });

  it('returns a new random string at every place', () => {
    const { data } = evaluate({
      prefix: '!{firehose:random-string}/!{firehose:random-string}/!{timestamp:yyyy}/',
      errorPrefix: '!{firehose:error-output-type}/',
    });

    assert.equal(data, '046b6c7f-1b/046b6c7f-2b/2018/');
  });

  it('repeats the error type at every place', () => {
    const { error } = evaluate({
      errorPrefix:
        'myPrefix/result=!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/!{firehose:error-output-type}',
    });

    assert.equal(error, 'myPrefix/result=processing-failed/2018/08/27/processing-failed');
  });
});

// https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-s3bucketprefix.html
describe("the example of AWS's page on dynamic partitioning", () => {
  const prefix =
    'customer_id=!{partitionKeyFromQuery:customer_id}/device=!{partitionKeyFromQuery:device}/' +
    'year=!{partitionKeyFromQuery:year}/month=!{partitionKeyFromQuery:month}/' +
    'day=!{partitionKeyFromQuery:day}/hour=!{partitionKeyFromQuery:hour}/';
  const errorPrefix = '!{firehose:error-output-type}/';

  it('fills in the keys and adds no time', () => {
    const { data } = evaluate({ prefix, errorPrefix, dynamicPartitioning: true });

    assert.equal(data, 'customer_id=1234567890/device=mobile/year=2019/month=08/day=09/hour=20/');
  });

  it('mixes keys and time', () => {
    const { data } = evaluate({
      prefix:
        'prefix/!{timestamp:yyyy}-!{timestamp:MM}-!{timestamp:dd}/!{partitionKeyFromQuery:customer_id}/',
      errorPrefix,
      dynamicPartitioning: true,
    });

    assert.equal(data, 'prefix/2018-08-27/1234567890/');
  });
});

describe('times in prefixes', () => {
  const at = (pattern: string, timeZone = 'UTC', arrivalMs = Date.UTC(2024, 1, 29, 0, 5, 9, 87)) =>
    evaluate(
      { prefix: `!{timestamp:${pattern}}`, errorPrefix: '!{firehose:error-output-type}', timeZone },
      arrivalMs,
    ).data;

  for (const [pattern, expected] of [
    ['yyyy/MM/dd/HH', '2024/02/29/00'],
    ['yyyy-MM-dd-HH-mm-ss', '2024-02-29-00-05-09'],
    ["'year='yyyy", 'year=2024'],
    ["''yyyy''", "'2024'"],
    ["'o''clock'", "o'clock"],
  ] as const) {
    it(`writes ${pattern} as Java does`, () => {
      assert.equal(at(pattern), expected);
    });
  }

  it('follows a custom time zone over the date line and daylight saving time', () => {
    assert.equal(at('yyyy-MM-dd-HH', 'Asia/Tokyo', Date.UTC(2018, 11, 31, 15)), '2019-01-01-00');
    assert.equal(at('HH', 'Europe/Berlin', Date.UTC(2026, 2, 29, 0, 59)), '01');
    assert.equal(at('HH', 'Europe/Berlin', Date.UTC(2026, 2, 29, 1)), '03');
    assert.equal(at('HH:mm:ss', 'Asia/Kolkata', Date.UTC(2026, 0, 1, 0, 0, 1)), '05:30:01');
  });

  it('refuses every field that the examples do not use, and open quotes', () => {
    const errorPrefix = '!{firehose:error-output-type}';
    for (const field of [
      'YYYY',
      'y',
      'yy',
      'uuuu',
      'M',
      'MMM',
      'DDD',
      'd',
      'EEE',
      'H',
      'hh',
      'm',
      's',
      'SSS',
      'a',
    ]) {
      refused(
        { prefix: `!{timestamp:${field}}`, errorPrefix },
        new RegExp(
          `contains ${field}, which the local Firehose does not evaluate; use yyyy, MM, dd, HH, mm, ss`,
        ),
      );
    }
    refused({ prefix: '!{timestamp:year}', errorPrefix }, /contains y, .*single quotes/);
    refused({ prefix: "!{timestamp:'year=yyyy}", errorPrefix }, /quote that it does not close/);
    refused({ prefix: '!{timestamp:yyyy}', errorPrefix, timeZone: 'Mars/Olympus' }, /"Mars\/Olympus".*IANA/);
  });
});

describe('rules that a prefix breaks', () => {
  const errorPrefix = 'errors/!{firehose:error-output-type}/';
  const keyed = { prefix: 'a=!{partitionKeyFromQuery:a}/', errorPrefix };
  for (const [why, options, rule] of [
    [
      'an error type in the data prefix',
      { prefix: '!{firehose:error-output-type}/', errorPrefix },
      /only ErrorOutputPrefix/,
    ],
    [
      'an error prefix whose expressions do not name the type',
      { errorPrefix: '!{timestamp:yyyy}/' },
      /add it/,
    ],
    [
      'a partition key in the error prefix',
      { ...keyed, dynamicPartitioning: true, errorPrefix: `${errorPrefix}!{partitionKeyFromQuery:a}` },
      /failed records do not have/,
    ],
    [
      'a namespace that does not exist',
      { prefix: '!{time:yyyy}', errorPrefix },
      /!\{time:yyyy\}; the namespace must be/,
    ],
    [
      'an unknown value of firehose',
      { prefix: '!{firehose:uuid}', errorPrefix },
      /random-string and error-output-type/,
    ],
    [
      'a key that a Lambda would give',
      { prefix: '!{partitionKeyFromLambda:a}', errorPrefix },
      /use partitionKeyFromQuery/,
    ],
    ['a key without a name', { prefix: '!{partitionKeyFromQuery:}', errorPrefix }, /name a key/],
    [
      'an expression that does not end',
      { prefix: 'a/!{timestamp:yyyy', errorPrefix },
      /!\{ outside of an expression/,
    ],
    ['keys without dynamic partitioning', keyed, /enable DynamicPartitioningConfiguration/],
    [
      'dynamic partitioning without keys',
      { prefix: 'a/', errorPrefix, dynamicPartitioning: true },
      /names no partition key/,
    ],
    ['dynamic partitioning without a prefix', { errorPrefix, dynamicPartitioning: true }, /Prefix is empty/],
  ] as const) {
    it(`refuses ${why}`, () => refused(options, rule));
  }
});
