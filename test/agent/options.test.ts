import assert from 'node:assert/strict';
import { ActivityTracker, type ActivityTrackerOptions, OptionError } from '@kinetrack/agent';
import { resolveOptions } from '../../agent/src/options.ts';
import { FakeSink } from '../support/agent/fake-sink.ts';

const sink = new FakeSink();

const REFUSED: readonly (readonly [what: string, options: object, option: string, message: RegExp])[] = [
  ['no destination', {}, 'streamName', /no destination is given.*give streamName: 'my-stream'/],
  [
    'two destinations',
    { streamName: 'activity', sink },
    'sink',
    /streamName is "activity" and sink is "fake": events go to exactly one destination/,
  ],
  ['a region for a sink', { sink, region: 'eu-central-1' }, 'region', /region is given together with sink/],
  ['an endpoint for a sink', { sink, endpoint: 'http://127.0.0.1' }, 'endpoint', /belongs to streamName/],
  [
    'an option that is none',
    { sink, flushInterval: 5 },
    'flushInterval',
    /flushInterval is not an option.*flushIntervalMs/,
  ],
  [
    'a word that is no choice',
    { sink, detail: 'all' },
    'detail',
    /detail is "all": must be one of "events", "counts"/,
  ],
  ['a mode that is none', { sink, titleMode: 'some' }, 'titleMode', /"full", "redacted", "off"/],
  [
    'a number out of range',
    { sink, idleThresholdMs: 10 },
    'idleThresholdMs',
    /is 10: must be .* 1000 to 3600000; leave it out for 5000/,
  ],
  [
    'a fraction',
    { sink, maxBatchRecords: 1.5 },
    'maxBatchRecords',
    /is 1.5: must be a whole number from 1 to 10000/,
  ],
  [
    'a number as text',
    { sink, closeTimeoutMs: '5000' },
    'closeTimeoutMs',
    /is "5000": must be a whole number/,
  ],
  ['an empty user', { sink, userId: '' }, 'userId', /userId is "": must be a string of 1 to 128 characters/],
  ['a user of 129 characters', { sink, userId: 'x'.repeat(129) }, 'userId', /xx\.\.\.: must be a string/],
  ['options that are none', 'activity' as never, 'options', /options is "activity": must be an object; pass/],
  ['a list of options', [] as never, 'options', /options is a list of 0/],
  [
    'a sink without methods',
    { sink: {} },
    'sink',
    /sink is an object without the methods send, close: must have send, close; .*httpSink\(\), or pass streamName/,
  ],
  [
    'a sink with one method missing',
    { sink: { name: 'half', send: async () => [] } },
    'sink',
    /without the method close/,
  ],
  [
    'a sink that is null',
    { sink: null },
    'sink',
    /sink is null: must be an object with the methods send, close/,
  ],
  ['a sink that is a function', { sink: () => sink }, 'sink', /sink is a function: must be an object/],
  [
    'a sink without a name',
    { sink: { send: async () => [], close: async () => {} } },
    'sink',
    /sink\.name is nothing: must be a string/,
  ],
  [
    'a sink with a rate that is none',
    { sink: { name: 'x', send: async () => [], close: async () => {}, rate: { bytesPerSecond: 'fast' } } },
    'sink',
    /sink\.rate is an object: must be an object with bytesPerSecond/,
  ],
  [
    'an endpoint without a scheme',
    { streamName: 'activity', endpoint: 'localhost:4567' },
    'endpoint',
    /endpoint is "localhost:4567": must be an address with its scheme, such as http:\/\/localhost:4567; leave it out/,
  ],
  [
    'an endpoint of another scheme',
    { streamName: 'activity', endpoint: 'ftp://localhost' },
    'endpoint',
    /must be an address with its scheme/,
  ],
  [
    'a region that is none',
    { streamName: 'activity', region: 'EU Central' },
    'region',
    /must be a region such as/,
  ],
  [
    'the ARN of a stream',
    { streamName: 'arn:aws:kinesis:eu-central-1:1:stream/a' },
    'streamName',
    /is "arn:.*: must be a name of 1 to 128 letters.*not an ARN; correct it/,
  ],
  ['a stream that is null', { streamName: null }, 'streamName', /streamName is null: must be a string/],
  ['a stream that is a number', { streamName: 5 }, 'streamName', /streamName is 5: must be a string/],
  [
    'credentials for a sink',
    { sink, credentials: {} },
    'credentials',
    /credentials is given together with sink/,
  ],
  [
    'a logger without methods',
    { sink, logger: console.log },
    'logger',
    /logger is a function: must be an object/,
  ],
  [
    'a logger with half of them',
    { sink, logger: { info() {}, warn() {} } },
    'logger',
    /the methods debug, error/,
  ],
  [
    'a spool that is none',
    { sink, spool: true },
    'spool',
    /spool is true: must be an object with the methods append/,
  ],
  ['a runtime that is none', { sink, runtime: {} }, 'runtime', /without the methods now, monotonic/],
  ['dead letters that are none', { sink, deadLetters: [] }, 'deadLetters', /without the methods keep, close/],
  ['an open minute that is none', { sink, openMinute: null }, 'openMinute', /openMinute is null/],
  ['sources that are none', { sink, sources: 'x11' }, 'sources', /sources is "x11": must be an object/],
  [
    'a source that is none',
    { sink, sources: { mouse: () => {} } },
    'sources',
    /sources\.mouse is not a source/,
  ],
  [
    'a factory that is none',
    { sink, sources: { input: {} } },
    'sources',
    /sources\.input is an object: must be a fun/,
  ],
  [
    'a folder that is a number',
    { sink, dataDir: 5 },
    'dataDir',
    /dataDir is 5: must be a string of 1 to 4096/,
  ],
  [
    'NaN',
    { sink, flushIntervalMs: Number.NaN },
    'flushIntervalMs',
    /is NaN: must be a whole number from 100/,
  ],
  [
    'null for a number',
    { sink, queueMaxBytes: null },
    'queueMaxBytes',
    /is null: .* leave it out for 268435456/,
  ],
  ['a bigint', { sink, closeTimeoutMs: 5n }, 'closeTimeoutMs', /closeTimeoutMs is 5: must be a whole number/],
];

for (const [what, options, option, message] of REFUSED) {
  test(`refuses ${what}, with the value, the rule and the remedy`, () => {
    assert.throws(
      () => new ActivityTracker(options as ActivityTrackerOptions),
      (error) => {
        assert.ok(error instanceof OptionError);
        assert.ok(!(error instanceof TypeError));
        assert.equal(error.code, 'invalid_option');
        assert.equal(error.option, option);
        assert.match(error.message, message);
        return true;
      },
    );
  });
}

test('refuses to be made without options, as with empty ones', () => {
  const make: new (options?: unknown) => unknown = ActivityTracker as never;
  for (const options of [[], [undefined], [{}]]) {
    assert.throws(() => new make(...options), {
      name: 'OptionError',
      code: 'invalid_option',
      option: 'streamName',
    });
  }
  assert.throws(() => new make(null), {
    code: 'invalid_option',
    message: /options is null: must be an object/,
  });
});

test('treats an undefined option as missing', () => {
  const names = Object.keys(resolveOptions({ sink })).filter((name) => name !== 'destination');
  const nothing = Object.fromEntries(names.map((name) => [name, undefined]));
  assert.deepEqual(resolveOptions({ ...nothing, sink }), resolveOptions({ sink }));
});

test('shows no password of an address', () => {
  assert.throws(
    () => new ActivityTracker({ streamName: 'activity', endpoint: 'https://ada:secret@example.com' }),
    (error: Error) => !error.message.includes('secret') && /without a user or a password/.test(error.message),
  );
});

const SECRET = 'wJalrXUtnFEMI/K7MDENG';
const WRONG_CREDENTIALS: readonly (readonly [what: string, credentials: unknown])[] = [
  ['without a key', { secretAccessKey: SECRET }],
  ['with an empty secret', { accessKeyId: SECRET, secretAccessKey: '' }],
  ['with a token that is a number', { accessKeyId: SECRET, secretAccessKey: SECRET, sessionToken: 5 }],
  ['as a string', SECRET],
  ['as null', null],
];
for (const [what, credentials] of WRONG_CREDENTIALS) {
  test(`refuses credentials ${what}, and shows no part of them`, () => {
    const options = { streamName: 'activity', credentials };
    assert.throws(
      () => new ActivityTracker(options as ActivityTrackerOptions),
      (error) => {
        assert.ok(error instanceof OptionError);
        assert.equal(error.option, 'credentials');
        assert.match(error.message, /must be an object with accessKeyId and secretAccessKey, or a function/);
        assert.ok(!JSON.stringify([error.message, error.stack]).includes(SECRET));
        return true;
      },
    );
  });
}

test('resolves to the documented defaults', () => {
  const {
    detail,
    titleMode,
    idleThresholdMs,
    mouseMoveIntervalMs,
    flushIntervalMs,
    closeTimeoutMs,
    ...rest
  } = resolveOptions({ sink });
  assert.deepEqual(
    { detail, titleMode, idleThresholdMs, mouseMoveIntervalMs, flushIntervalMs, closeTimeoutMs },
    {
      detail: 'events',
      titleMode: 'redacted',
      idleThresholdMs: 5000,
      mouseMoveIntervalMs: 500,
      flushIntervalMs: null,
      closeTimeoutMs: 5000,
    },
  );
  assert.deepEqual(rest.destination, { sink });
  assert.ok(rest.userId.length > 0);
});

test('sends to Kinesis by the name of the stream alone', async () => {
  const tracker = new ActivityTracker({ streamName: 'activity' });
  assert.equal(tracker.status().sink, 'kinesis:activity');
  await tracker.close();
});
