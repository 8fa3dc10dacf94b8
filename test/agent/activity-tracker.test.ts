import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ActivityTracker, memorySpool, TrackerError } from '@kinetrack/agent';
import { FakeSink } from '../support/agent/fake-sink.ts';
import { FakeMachine } from '../support/agent/fake-sources.ts';
import { trackerSession } from '../support/agent/tracker-session.ts';
import { tempDir } from '../support/process/temp-dir.ts';
import { TestRuntime } from '../support/time/test-runtime.ts';

test('turns input and windows into one sample a minute and delivers it', async () => {
  const { runtime, machine, tracker, eventsOf } = await trackerSession();
  await tracker.start();
  machine.show('Google Chrome', 'Pull request #12 · GitHub - Google Chrome');
  await runtime.advance(10_000);
  machine.type({ keys: 3, distancePx: 40 }, 400);
  await runtime.advance(20_000);
  machine.show('Code', 'main.ts - Visual Studio Code');
  machine.type({ clicks: 1 });
  await runtime.advance(33_000);

  const [sample, ...more] = eventsOf('sample');
  assert.deepEqual(more, []);
  assert.equal(sample?.ts, '2026-11-20T09:00:00.000Z');
  assert.deepEqual([sample.from_s, sample.to_s], [0, 60]);
  assert.deepEqual(sample.segments, [
    {
      app: 'Google Chrome',
      site: 'GitHub',
      title: 'Pull request · GitHub - Google Chrome',
      from_s: 0,
      to_s: 30,
    },
    { app: 'Code', site: null, title: 'main.ts - Visual Studio Code', from_s: 30, to_s: 60 },
  ]);
  assert.equal(sample.keys?.[9], 3);
  assert.equal(sample.distance_px?.[9], 40);
  assert.equal(sample.clicks?.[30], 1);
  assert.equal(sample.idle_at_start_s, 0);
  assert.equal(sample.user_id, 'jane');
  assert.equal(sample.utc_offset_min, 60);
});

test('reports single events, window changes and idleness with their times', async () => {
  const { runtime, machine, tracker, sink } = await trackerSession();
  machine.type({ keys: 1 }, 0, [{ activity_type: 'key_press', key_class: 'letter' }]);
  await tracker.start();
  await runtime.advance(2000);
  machine.type({ keys: 1 }, 300, [{ activity_type: 'key_press', key_class: 'digit' }]);
  machine.show('Code', 'main.ts', 100);
  machine.show('Code', 'main.ts');
  await runtime.advance(8000);
  await tracker.flush();
  const reported = sink
    .events()
    .filter(({ activity_type }) => activity_type !== 'system')
    .map((event) => [event.ts.slice(17, 23), event.activity_type, 'input' in event ? event.input : '']);
  assert.deepEqual(reported, [
    ['01.700', 'key_press', ''],
    ['01.900', 'app_change', ''],
    ['00.000', 'idle', 'mouse'],
    ['01.700', 'idle', 'keyboard'],
    ['01.700', 'idle', 'any'],
  ]);
});

test('reports the previous window, redacted like the current one', async () => {
  const { machine, tracker, eventsOf } = await trackerSession();
  await tracker.start();
  machine.show('firefox', 'Inbox (3) - jane@corp.com - Gmail — Mozilla Firefox');
  machine.show('Code', 'main.ts');
  await tracker.flush();
  const reported = eventsOf('app_change').map(
    ({ app, site, title, previous_app, previous_site, previous_title }) => [
      [app, site, title],
      [previous_app, previous_site, previous_title],
    ],
  );
  const mail = ['firefox', 'Gmail', 'Inbox - Gmail — Mozilla Firefox'];
  assert.deepEqual(reported, [
    [mail, [null, null, null]],
    [['Code', null, 'main.ts'], mail],
  ]);
});

test('captures nothing while paused: no source listens, and no second is observed', async () => {
  const { runtime, machine, tracker, sink, eventsOf } = await trackerSession();
  await tracker.start();
  await runtime.advance(10_000);
  const { input, windows } = machine;
  input.atClose(() => machine.type({ keys: 2 }, 200));
  await tracker.pause();
  assert.equal(input.isListening || windows.isListening, false);
  machine.type({ keys: 50 }, 0, [{ activity_type: 'key_press', key_class: 'letter' }]);
  machine.show('Diary', 'Secret');
  await runtime.advance(120_000);
  await tracker.resume();
  await runtime.advance(10_000);
  await tracker.close();

  assert.deepEqual(
    eventsOf('sample').map(({ ts, from_s, to_s, keys }) => [ts.slice(14, 19), from_s, to_s, keys?.at(-1)]),
    [
      ['00:00', 0, 10, 2],
      ['02:10', 10, 20, 0],
    ],
  );
  assert.deepEqual(
    eventsOf('system').map(({ kind, ts }) => [kind, ts.slice(14, 19)]),
    [
      ['start', '00:00'],
      ['capability', '00:00'],
      ['pause', '00:10'],
      ['resume', '02:10'],
      ['stop', '02:20'],
    ],
  );
  assert.equal(JSON.stringify(sink.events()).includes('Diary'), false);
});

test('cuts the minute at a sleep and invents nothing across it', async () => {
  const { runtime, machine, tracker, eventsOf } = await trackerSession();
  await tracker.start();
  machine.show('Code', 'main.ts');
  await runtime.advance(20_000);
  runtime.sleep(3_600_000);
  await runtime.advance(20_000);
  await tracker.close();
  const samples = eventsOf('sample');
  assert.deepEqual(
    samples.map(({ ts, to_s }) => [ts.slice(11, 19), to_s]),
    [
      ['09:00:00', 20],
      // What lay between the last look and the sleep is not known.
      ['10:00:21', 40],
    ],
  );
  assert.equal(samples[1]?.idle_at_start_s, 0);
  assert.deepEqual(
    eventsOf('system')
      .filter(({ kind }) => kind === 'sleep' || kind === 'wake')
      .map(({ kind, ts, detail }) => [kind, ts.slice(11, 19), detail.duration_s]),
    [
      ['sleep', '09:00:20', '3601.000'],
      ['wake', '10:00:21', '3601.000'],
    ],
  );
});

test('drops input that was captured in a gap', async () => {
  const { runtime, machine, tracker, eventsOf } = await trackerSession();
  await tracker.start();
  await runtime.advance(20_000);
  runtime.stall(600_000);
  machine.type({ keys: 9 }, 300_000, [{ activity_type: 'key_press', key_class: 'letter' }]);
  await runtime.advance(5000);
  await tracker.close();
  assert.equal(eventsOf('key_press').length, 0);
  assert.equal(
    eventsOf('sample').some(({ keys }) => keys?.some((count) => count > 0)),
    false,
  );
});

test('says that the clock was set, and does not call it sleep', async () => {
  const { runtime, tracker, eventsOf } = await trackerSession();
  await tracker.start();
  await runtime.advance(20_000);
  runtime.shiftWallClock(-1_800_000);
  await runtime.advance(5000);
  await tracker.close();
  assert.deepEqual(
    eventsOf('system').map(({ kind }) => kind),
    ['start', 'capability', 'clock', 'stop'],
  );
});

test('reports a time zone change and splits the minute there', async () => {
  const { runtime, tracker, eventsOf } = await trackerSession();
  await tracker.start();
  await runtime.advance(20_000);
  runtime.moveTo('America/New_York', -300);
  await runtime.advance(20_000);
  await tracker.close();
  assert.deepEqual(
    eventsOf('sample').map(({ from_s, to_s, utc_offset_min }) => [from_s, to_s, utc_offset_min]),
    [
      [0, 21, 60],
      [21, 40, -300],
    ],
  );
  const zone = eventsOf('system').find(({ kind }) => kind === 'time_zone');
  assert.equal(zone?.time_zone, 'America/New_York');
  assert.deepEqual(zone.detail, {
    time_zone: 'America/New_York',
    utc_offset_min: '-300',
    previous_time_zone: 'Europe/Berlin',
    previous_utc_offset_min: '60',
  });
});

test('starts even if nothing can be captured, and reports why in one event and in the status', async () => {
  const reason = 'There is no display.';
  const { runtime, tracker, eventsOf } = await trackerSession({
    input: { status: 'unavailable', reason },
    windows: { status: 'unavailable', reason: 'There are no windows.' },
  });
  await tracker.start();
  assert.deepEqual(tracker.status().capabilities.input, { status: 'unavailable', reason });
  await runtime.advance(62_000);
  await tracker.close();
  const reported = eventsOf('system').filter(({ kind }) => kind === 'capability');
  assert.deepEqual(
    reported.map(({ detail }) => detail),
    [
      {
        input: `unavailable: ${reason}`,
        'active-window': 'unavailable: There are no windows.',
        presence: `unavailable: ${reason}`,
      },
    ],
  );
  const [sample] = eventsOf('sample');
  assert.deepEqual(
    [sample?.keys, sample?.clicks, sample?.scrolls, sample?.distance_px],
    [null, null, null, null],
  );
  assert.equal(sample?.idle_at_start_s, null);
  assert.deepEqual(sample.segments, [{ app: null, site: null, title: null, from_s: 0, to_s: 60 }]);
});

test('splits the minute when capture is lost and when it returns', async () => {
  const { runtime, machine, tracker, eventsOf } = await trackerSession();
  await tracker.start();
  machine.show('Code', 'main.ts');
  await runtime.advance(20_000);
  machine.input.become({ status: 'unavailable', reason: 'It ended.' });
  machine.windows.become({ status: 'unavailable', reason: 'It ended.' });
  await runtime.advance(20_000);
  machine.input.become({ status: 'available' });
  machine.type({ keys: 4 });
  await runtime.advance(10_000);
  await tracker.close();
  assert.deepEqual(
    eventsOf('sample').map(({ from_s, to_s, keys, segments }) => [
      from_s,
      to_s,
      keys?.reduce((a, b) => a + b, 0),
      segments.at(-1)?.app,
    ]),
    [
      [0, 21, 0, 'Code'],
      [21, 40, undefined, null],
      [40, 50, 4, null],
    ],
  );
});

test('keeps the raw title nowhere', async () => {
  const lines: string[] = [];
  const log = (message: string, fields?: object) => lines.push(JSON.stringify({ message, fields }));
  const logger = { debug: log, info: log, warn: log, error: log };
  const { runtime, machine, tracker, sink, spool } = await trackerSession({ options: { logger } });
  const seen: unknown[] = [];
  tracker.on('event', (event) => seen.push(event));
  tracker.on('status', (status) => seen.push(status));
  tracker.on('error', (error) => seen.push(error));
  await tracker.start();
  machine.show('Chrome', 'Offer for jane@corp.com - 48,500 EUR - Gmail');
  await runtime.advance(2000);
  machine.show('Code', '/home/jane/secret-plan.md');
  machine.windows.become({ status: 'unavailable', reason: 'It ended.' });
  sink.answer = () => Promise.reject(new Error('offline'));
  await runtime.advance(70_000);
  const kept = await spool.read({ maxRecords: 1000, maxBytes: 1_000_000 });
  const everything = JSON.stringify([seen, sink.sent, kept, tracker.status(), lines]);
  for (const secret of ['jane@', 'home/jane', '48,500', 'secret-plan', 'corp.com']) {
    assert.equal(everything.includes(secret), false, secret);
  }
  assert.equal(everything.includes('Offer for'), true);
});

test('keeps what cannot be delivered, and delivers it later without a gap', async () => {
  const { runtime, sink, tracker } = await trackerSession();
  sink.answer = async (records) => records.map(() => ({ status: 'retryable', reason: 'offline' }));
  await tracker.start();
  await runtime.advance(130_000);
  assert.equal(sink.delivered.length, 0);
  const { counts } = tracker.status();
  assert.equal(counts.pending, counts.captured);
  sink.answer = async (records) => records.map(() => ({ status: 'delivered' }));
  await runtime.advance(60_000);
  await tracker.flush();
  // Events since the last failed attempt arrive before the backlog.
  const seqs = sink
    .events()
    .map(({ seq }) => seq)
    .toSorted((one, other) => one - other);
  assert.deepEqual(
    seqs,
    seqs.map((_, i) => i + 1),
  );
  const after = tracker.status();
  assert.deepEqual(
    { ...after.counts, lastDelivered: after.lastDeliveryAt !== null },
    { captured: seqs.length, delivered: seqs.length, pending: 0, dropped: {}, lastDelivered: true },
  );
});

test('gives up delivering at the deadline of close, and leaves the rest for the next start', async () => {
  const { runtime, sink, spool, tracker } = await trackerSession({ options: { closeTimeoutMs: 3000 } });
  sink.answer = () => new Promise(() => {});
  await tracker.start();
  await runtime.advance(10_000);
  const before = runtime.monotonic();
  const result = await runtime.advanceUntil(tracker.close());
  assert.equal(result.status, 'pending');
  assert.equal(sink.isClosed, true);
  assert.ok(runtime.monotonic() - before <= 4500);
  assert.equal(spool.status().pendingRecords, spool.lastSeq);
  assert.equal(runtime.timers, 0);
});

test('leaves no timer, and accepts calls in any order and twice', async () => {
  const { runtime, tracker, sink } = await trackerSession();
  await Promise.all([tracker.start(), tracker.start(), tracker.pause(), tracker.pause(), tracker.resume()]);
  assert.equal(tracker.status().state, 'running');
  await Promise.all([tracker.close(), tracker.close()]);
  assert.equal(tracker.status().state, 'closed');
  assert.equal(runtime.timers, 0);
  assert.equal(sink.isClosed, true);
  await assert.rejects(tracker.start(), TrackerError);
  await assert.rejects(tracker.resume(), /cannot resume a tracker that is closed: create a new one/);
});

test('refuses to pause before the start, and says what to do', async () => {
  const { tracker } = await trackerSession();
  await assert.rejects(tracker.pause(), /cannot pause a tracker that is new: call start\(\) first/);
  assert.deepEqual(await tracker.flush(), { status: 'delivered' });
});

test('continues when a listener throws, and stops calling a removed listener', async () => {
  const { tracker } = await trackerSession();
  let calls = 0;
  tracker.on('event', () => {
    throw new Error('mine');
  });
  const off = tracker.on('event', () => {
    calls += 1;
  });
  await tracker.start();
  await tracker.flush();
  const before = calls;
  assert.ok(before > 0);
  off();
  await tracker.pause();
  await tracker.flush();
  assert.equal(calls, before);
});

test('continues when sources fail to start, fail to close, or never answer', async () => {
  const runtime = new TestRuntime();
  const machine = new FakeMachine(runtime);
  const tracker = new ActivityTracker({
    sink: new FakeSink(),
    dataDir: await tempDir(),
    spool: memorySpool(),
    runtime,
    sources: {
      input: (setup) => {
        const source = machine.factories.input(setup);
        source.start = () => Promise.reject(new Error('no hook'));
        source.close = () => Promise.reject(new Error('no hook'));
        return source;
      },
      activeWindow: (setup) => {
        const source = machine.factories.activeWindow(setup);
        source.start = () => new Promise(() => {});
        source.close = () => new Promise(() => {});
        return source;
      },
    },
  });
  await runtime.advanceUntil(tracker.start());
  assert.deepEqual(tracker.status().capabilities.input, {
    status: 'unavailable',
    reason: 'input failed to start; see the log.',
  });
  assert.deepEqual(await runtime.advanceUntil(tracker.close()), { status: 'delivered' });
  assert.equal(runtime.timers, 0);
});

test('keeps its identity and its numbering across restarts, for this user alone', async () => {
  const dataDir = await tempDir();
  const run = async () => {
    const runtime = new TestRuntime();
    const sink = new FakeSink();
    const { factories: sources } = new FakeMachine(runtime);
    const tracker = new ActivityTracker({ sink, dataDir, runtime, sources });
    await tracker.start();
    await tracker.close();
    return sink.events();
  };
  const first = await run();
  const second = await run();
  assert.equal(new Set([...first, ...second].map(({ device_id }) => device_id)).size, 1);
  assert.deepEqual(
    [...first, ...second].map(({ seq }) => seq),
    [1, 2, 3, 4, 5, 6],
  );
  assert.equal((await stat(join(dataDir, 'device.json'))).mode & 0o077, 0);
  assert.deepEqual(JSON.parse(await readFile(join(dataDir, 'device.json'), 'utf8')), {
    device_id: first[0]?.device_id,
  });
});

test('can be started again when the queue could not be opened', async () => {
  const dataDir = await tempDir();
  const start = () => {
    const runtime = new TestRuntime();
    return new ActivityTracker({
      sink: new FakeSink(),
      dataDir,
      runtime,
      sources: new FakeMachine(runtime).factories,
    });
  };
  const [first, second] = [start(), start()];
  await first.start();
  await assert.rejects(second.start(), { code: 'locked' });
  assert.equal(second.status().state, 'new');
  await first.close();
  await second.start();
  assert.equal(second.status().state, 'running');
  await second.close();
});
