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
  ['an empty user', { sink, userId: '' }, 'userId', /userId is "": must be a text of 1 to 128 characters/],
  ['a user of 129 characters', { sink, userId: 'x'.repeat(129) }, 'userId', /xx\.\.\.: must be a text/],
];

for (const [what, options, option, message] of REFUSED) {
  test(`refuses ${what}, with the value, the rule and the remedy`, () => {
    assert.throws(
      () => new ActivityTracker(options as ActivityTrackerOptions),
      (error) => {
        assert.ok(error instanceof OptionError);
        assert.equal(error.option, option);
        assert.match(error.message, message);
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
