import assert from 'node:assert/strict';
import {
  type ActivityTracker,
  createLogger,
  TrackerError,
  type TrackResult,
  TrackValueError,
} from '@kinetrack/agent';
import { parseEvent } from '@kinetrack/schema';
import { refusingSpool } from '../support/agent/refusing-spool.ts';
import { trackerSession } from '../support/agent/tracker-session.ts';

/** Calls with arguments that TypeScript would refuse, as a script in JavaScript may. */
const trackAnything = (tracker: ActivityTracker, ...args: readonly unknown[]): Promise<unknown> =>
  Reflect.apply(tracker.track, tracker, args);

test('records an event of a script between the captured ones, with seq and envelope', async () => {
  const { runtime, tracker, eventsOf, sink } = await trackerSession();
  await tracker.start();

  const result = await tracker.track('build_finished', { project: 'kinetrack', seconds: 41.5, failed: 0 });
  await runtime.advance(1000);
  await tracker.flush();

  const [event, ...more] = eventsOf('custom');
  assert.deepEqual(more, []);
  assert.ok(event && parseEvent(event).ok);
  assert.deepEqual(result, { status: 'accepted', eventId: event.event_id });
  assert.deepEqual(
    [event.name, event.values, event.user_id, event.ts],
    [
      'build_finished',
      { project: 'kinetrack', seconds: 41.5, failed: 0 },
      'jane',
      '2026-11-20T09:00:00.000Z',
    ],
  );
  assert.deepEqual(
    sink.events().map(({ seq }) => seq),
    sink.events().map((_, index) => index + 1),
  );
});

test('accepts a name alone, and ignores later changes by the script', async () => {
  const { tracker, eventsOf } = await trackerSession();
  await tracker.start();
  const values = { step: 'one' };
  const calls = [tracker.track('opened'), tracker.track('step', values)];
  values.step = 'two';
  await Promise.all(calls);
  await tracker.flush();
  assert.deepEqual(
    eventsOf('custom').map((event) => [event.name, event.values]),
    [
      ['opened', {}],
      ['step', { step: 'one' }],
    ],
  );
});

test('redacts strings by the rules for titles on request, and nothing else', async () => {
  const { tracker, eventsOf } = await trackerSession();
  await tracker.start();
  const values = { subject: 'Offer for jane@corp.com - 48,500 EUR', file: '/home/jane/plan.md', pages: 12 };
  await tracker.track('sent', values, { redact: true });
  await tracker.track('sent', values);
  await tracker.flush();
  assert.deepEqual(
    eventsOf('custom').map((event) => event.values),
    [{ subject: 'Offer for - EUR', file: '', pages: 12 }, values],
  );
});

test('keeps a redacted string within the limit if normalising makes it longer', async () => {
  const { tracker, eventsOf } = await trackerSession();
  await tracker.start();
  // One character that NFKC writes as eighteen.
  await tracker.track('long', { text: '\ufdfa '.repeat(60) }, { redact: true });
  await tracker.flush();
  const [event] = eventsOf('custom');
  assert.ok(event && parseEvent(event).ok);
});

const REFUSED: readonly (readonly [given: readonly unknown[], path: string, message: RegExp])[] = [
  [
    [''],
    'name',
    /^track\(""\): name is a string of 0 characters: must have at least 1 character; pass a name/,
  ],
  [
    ['x'.repeat(65)],
    'name',
    /name is a string of 65 characters: must have at most 64 characters; pass a name/,
  ],
  [['a\nb'], 'name', /name is a string of 3 characters: must hold no control character and no backslash/],
  [[undefined], 'name', /^track\(undefined\): name is undefined: must be a string; pass a name such as/],
  [['x', null], 'values', /values is null: must be an object; pass an object of strings and numbers/],
  [['x', ['a']], 'values', /values is an array: must be an object/],
  [['x', new Map([['a', 1]])], 'values', /values is an object: must be an object/],
  [
    ['x', { rows: Number.NaN }],
    'values.rows',
    /values.rows is NaN: must be a string or a finite number; convert/,
  ],
  [
    ['x', { rows: Number.POSITIVE_INFINITY }],
    'values.rows',
    /values.rows is Infinity: must be a string or a/,
  ],
  [['x', { yes: true }], 'values.yes', /values.yes is true: must be a string or a finite number; convert it/],
  [['x', { big: 10n }], 'values.big', /values.big is the bigint 10: must be a string or a finite number/],
  [['x', { gone: undefined }], 'values.gone', /values.gone is undefined: must be .* or omit the key/],
  [['x', { in: { a: 1 } }], 'values.in', /values.in is an object: must be a string or a finite number/],
  [
    ['x', { a: 'y'.repeat(1025) }],
    'values.a',
    /is a string of 1025 characters: must have at most 1024 .*; shorten/,
  ],
  [['x', { a: 'half \ud83d' }], 'values.a', /is a string of 6 characters: must be well-formed Unicode/],
  [
    ['x', { ['k'.repeat(65)]: 1 }],
    `values.${'k'.repeat(65)}`,
    /is a key: must have at most 64 .*; rename the key/,
  ],
  [['x', { 'a\\b': 1 }], 'values.a\\b', /is a key: must hold no control character and no backslash; rename/],
  [['x', JSON.parse('{"__proto__":1}')], 'values', /values has the key __proto__; choose another key/],
  [
    ['x', Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`k${index}`, 1]))],
    'values',
    /values is an object: must have at most 32 keys, not 33; pass an object of strings and numbers; split it/,
  ],
  [
    ['x', { a: 'é'.repeat(1024), b: 'é'.repeat(1024) }],
    'values',
    /values is an object: must have at most 4096 bytes as JSON, not \d+/,
  ],
  [
    ['x', {}, { redact: 'yes' }],
    'options.redact',
    /options.redact is a string of 3 characters: must be true or/,
  ],
  [
    ['x', {}, { redacted: true }],
    'options',
    /options is an object: has unknown fields; remove redacted; the only/,
  ],
];

test('refuses what is out of bounds with the value, the rule and the remedy, and records nothing', async () => {
  const { tracker, eventsOf } = await trackerSession();
  await tracker.start();
  for (const [given, path, message] of REFUSED) {
    await assert.rejects(trackAnything(tracker, ...given), (error: unknown) => {
      assert.ok(error instanceof TrackValueError && error instanceof TypeError);
      assert.deepEqual([error.code, error.path], ['invalid_value', path]);
      assert.match(error.message, message);
      return true;
    });
  }
  await tracker.flush();
  assert.deepEqual(eventsOf('custom'), []);
});

test('never repeats the text of a value in an error: it may be private', async () => {
  const { tracker } = await trackerSession();
  await tracker.start();
  const secret = 'my secret plan '.repeat(80);
  await assert.rejects(
    tracker.track('x', { a: secret }),
    ({ message }: Error) => !message.includes('secret'),
  );
});

test('refuses an event before the start and after close(), and says what to do', async () => {
  const { tracker } = await trackerSession();
  const refused = (message: RegExp) => (error: unknown) =>
    error instanceof TrackerError && error.code === 'wrong_state' && message.test(error.message);
  const early = refused(
    /^cannot track an event with a tracker that is new: wait until start\(\) has resolved$/,
  );
  await assert.rejects(tracker.track('x'), early);
  await tracker.start();
  assert.equal((await tracker.track('x')).status, 'accepted');
  const closing = tracker.close();
  await closing;
  await assert.rejects(tracker.track('x'), refused(/a tracker that is closed: create a new one$/));
});

test('records nothing while paused, and says so', async () => {
  const { tracker, eventsOf } = await trackerSession();
  await tracker.start();
  await tracker.pause();
  assert.deepEqual(await tracker.track('x'), { status: 'skipped', reason: 'paused' });
  await tracker.resume();
  assert.equal((await tracker.track('y')).status, 'accepted');
  await tracker.flush();
  assert.deepEqual(
    eventsOf('custom').map(({ name }) => name),
    ['y'],
  );
});

test('accepts 10,000 calls in a loop, and counts each further one', async () => {
  const { runtime, tracker, sink, spool, eventsOf } = await trackerSession();
  await tracker.start();
  const calls = Array.from({ length: 12_000 }, (_, call) => tracker.track('loop', { call }));
  const results = await Promise.all(calls);
  const of = (status: TrackResult['status']) => results.filter((result) => result.status === status).length;
  assert.deepEqual([of('accepted'), of('dropped')], [10_000, 2000]);
  assert.deepEqual(results.at(-1), { status: 'dropped', reason: 'memory_full' });

  await runtime.advance(1000);
  await tracker.flush();
  const { counts } = tracker.status();
  assert.deepEqual(counts.dropped, { memory_full: 2000 });
  assert.equal(counts.captured, counts.delivered + counts.pending + 2000);
  assert.equal(spool.lastSeq, counts.captured);
  const reported = eventsOf('system').find(({ kind }) => kind === 'dropped');
  assert.deepEqual([reported?.detail.reason, reported?.detail.events], ['memory_full', '2000']);
  assert.equal(sink.events().filter(({ activity_type }) => activity_type === 'custom').length, 10_000);
});

test('drops nothing if a loop awaits each call, and holds no more than 4 MiB if it does not', async () => {
  const { tracker } = await trackerSession();
  await tracker.start();
  for (let call = 0; call < 500; call += 1) {
    assert.equal((await tracker.track('loop', { call })).status, 'accepted');
  }
  const large = { a: 'x'.repeat(1024), b: 'x'.repeat(1024), c: 'x'.repeat(1024), d: 'x'.repeat(900) };
  const results = await Promise.all(Array.from({ length: 2000 }, () => tracker.track('large', large)));
  const accepted = results.filter(({ status }) => status === 'accepted').length;
  assert.ok(accepted > 900 && accepted < 1100, `${accepted} accepted`);
});

test('waits for a disk that refuses, and is accepted once the disk accepts events again', async () => {
  const disk = refusingSpool();
  const { runtime, tracker } = await trackerSession({ options: { spool: disk.spool } });
  await tracker.start();
  await tracker.flush();
  disk.isRefusing = true;
  const results: TrackResult['status'][] = [];
  void tracker.track('x').then(({ status }) => results.push(status));
  await runtime.advance(5000);
  assert.deepEqual(results, []);
  disk.isRefusing = false;
  await runtime.advance(2000);
  assert.deepEqual(results, ['accepted']);
});

test('settles what waits when the tracker is closed while the disk refuses', async () => {
  const disk = refusingSpool();
  const lines: string[] = [];
  const { runtime, tracker } = await trackerSession({
    options: { spool: disk.spool, logger: createLogger({ write: (line) => lines.push(line) }) },
  });
  await tracker.start();
  await tracker.flush();
  disk.isRefusing = true;
  const tracked = tracker.track('x');
  await runtime.advanceUntil(tracker.close());
  assert.deepEqual(await tracked, { status: 'dropped', reason: 'queue_failed' });
  assert.equal(runtime.timers, 0);
  assert.ok(lines.some((line) => line.includes('did not accept events')));
});
