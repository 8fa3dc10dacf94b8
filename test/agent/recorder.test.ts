import assert from 'node:assert/strict';
import {
  type Draft,
  memorySpool,
  type OpenMinute,
  type Spool,
  type SpoolRecord,
  silentLogger,
} from '@kinetrack/agent';
import { type ActivityBody, type ActivityEvent, parseEventLine } from '@kinetrack/schema';
import { ZoneHistory } from '../../agent/src/enrich/zone-history.ts';
import { Recorder } from '../../agent/src/recorder.ts';
import { settle, TestRuntime } from '../support/time/test-runtime.ts';

const BODY = { activity_type: 'key_press', key_class: 'letter' } as const;
const SAMPLE: ActivityBody<'sample'> = {
  ...{ activity_type: 'sample', from_s: 0, to_s: 1, keys: [4], clicks: [0], scrolls: [0], distance_px: [0] },
  segments: [{ app: 'Code', site: null, title: null, from_s: 0, to_s: 1 }],
  ...{ distraction_s: null, idle_at_start_s: 0, flags: [] },
};

/** A spool that records appends, or refuses them while `refuses` is set. */
function recordingSpool(lastSeq = 0) {
  const inner = memorySpool({ lastSeq });
  const state: { refuses: boolean; appends: (readonly SpoolRecord[])[] } = { refuses: false, appends: [] };
  const spool: Spool = {
    get lastSeq() {
      return inner.lastSeq;
    },
    append: async (records) => {
      if (state.refuses) throw new Error('disk full');
      await inner.append(records);
      state.appends.push(records);
    },
    skip: (count, reason) => inner.skip(count, reason),
    read: (options) => inner.read(options),
    ack: (ids) => inner.ack(ids),
    drop: (reason, ids) => inner.drop(reason, ids),
    losses: () => inner.losses(),
    lossesReported: (losses) => inner.lossesReported(losses),
    status: () => inner.status(),
    close: () => inner.close(),
  };
  return { spool, state };
}

interface Recording {
  readonly lastSeq?: number;
  readonly openMinute?: OpenMinute;
}

function recorderOn({ lastSeq = 0, openMinute }: Recording = {}) {
  const runtime = new TestRuntime();
  const { spool, state } = recordingSpool(lastSeq);
  const accepted: ActivityEvent[] = [];
  const errors: unknown[] = [];
  const recorder = new Recorder({
    spool,
    openMinute: openMinute ?? null,
    runtime,
    zones: new ZoneHistory(runtime),
    logger: silentLogger,
    identity: { deviceId: runtime.uuid(), sessionId: runtime.uuid(), userId: 'jane' },
    onAccepted: (events) => accepted.push(...events),
    onError: (error) => errors.push(error),
  });
  return { runtime, recorder, spool, state, accepted, errors };
}

test('numbers events from above what the spool has seen, in the order in which they were recorded', async () => {
  const { runtime, recorder, state, accepted } = recorderOn({ lastSeq: 41 });
  recorder.record(BODY, runtime.now());
  recorder.record({ activity_type: 'system', kind: 'start', detail: {} }, runtime.now() + 1);
  await recorder.flush();
  const parsed = state.appends.flat().map(({ id, line }) => ({ id, event: parseEventLine(line) }));
  assert.deepEqual(
    parsed.map(({ id, event }) => [id, event.ok && event.value.seq, event.ok && event.value.activity_type]),
    [
      [42, 42, 'key_press'],
      [43, 43, 'system'],
    ],
  );
  assert.deepEqual(
    accepted,
    parsed.map(({ event }) => event.ok && event.value),
  );
});

test('appends together what is recorded together, and at most so much at once', async () => {
  const { runtime, recorder, state } = recorderOn();
  for (let i = 0; i < 600; i += 1) recorder.record(BODY, runtime.now());
  await recorder.flush();
  assert.deepEqual(
    state.appends.map((records) => records.length),
    [256, 256, 88],
  );
});

test('accepts what is recorded at any moment of an append', async () => {
  for (let turns = 0; turns < 30; turns += 1) {
    const { runtime, recorder, accepted } = recorderOn();
    recorder.record(BODY, runtime.now());
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    recorder.record(BODY, runtime.now());
    await settle();
    assert.equal(accepted.length, 2, `after ${turns} turns`);
  }
});

test('keeps events while the spool refuses them, and numbers them without a gap afterwards', async () => {
  const { runtime, recorder, state, accepted, errors } = recorderOn();
  state.refuses = true;
  recorder.record(BODY, runtime.now());
  assert.equal(await recorder.flush(), false);
  recorder.record(BODY, runtime.now());
  assert.equal(accepted.length, 0);
  assert.equal(errors.length, 1);
  state.refuses = false;
  await runtime.advance(1000);
  assert.deepEqual(
    accepted.map(({ seq }) => seq),
    [1, 2],
  );
  assert.equal(runtime.timers, 0);
});

test('counts what memory cannot hold, and says so in an event once the spool accepts again', async () => {
  const { runtime, recorder, spool, state, accepted } = recorderOn();
  state.refuses = true;
  for (let i = 0; i < 10_007; i += 1) recorder.record(BODY, runtime.now());
  await recorder.flush();
  state.refuses = false;
  await runtime.advance(2000);
  assert.equal(recorder.waiting, 0);
  assert.equal(accepted.length, 10_001);
  assert.deepEqual(spool.status().dropped, { memory_full: 7 });
  const last = accepted.at(-1);
  assert.deepEqual(last?.activity_type === 'system' && [last.seq, last.kind, last.detail], [
    10_008,
    'dropped',
    { reason: 'memory_full', events: '7', ranges: '10001-10007' },
  ]);
});

test('reports each loss of the spool once, including losses of earlier processes, and retries until accepted', async () => {
  const { runtime, recorder, spool, state, accepted } = recorderOn();
  recorder.record(BODY, runtime.now());
  recorder.record(BODY, runtime.now());
  await recorder.flush();
  await spool.drop('refused', [2]);
  state.refuses = true;
  recorder.reportLosses();
  await recorder.flush();
  assert.equal(spool.losses().length, 1);
  state.refuses = false;
  recorder.reportLosses();
  await recorder.flush();
  assert.deepEqual(spool.losses(), []);
  recorder.reportLosses();
  recorder.record(BODY, runtime.now());
  await recorder.flush();
  const reported = accepted.flatMap((event) => (event.activity_type === 'system' ? [event.detail] : []));
  assert.deepEqual(reported, [{ reason: 'refused', events: '1', ranges: '2' }]);
});

test('stamps each event with the offset of its own moment', async () => {
  const runtime = new TestRuntime();
  const zones = new ZoneHistory(runtime);
  const beforeMs = runtime.now();
  runtime.pass(60_000);
  runtime.moveTo('America/New_York', -300);
  assert.deepEqual(zones.check(), { time_zone: 'Europe/Berlin', utc_offset_min: 60 });
  assert.deepEqual(zones.at(beforeMs), { time_zone: 'Europe/Berlin', utc_offset_min: 60 });
  assert.deepEqual(zones.at(runtime.now()), { time_zone: 'America/New_York', utc_offset_min: -300 });
  assert.equal(zones.check(), null);
});

test('appends a sample only after its draft is deleted, and waits while that is uncertain', async () => {
  const calls: string[] = [];
  const clearing: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];
  const openMinute: OpenMinute = {
    write: async ({ body }) => void calls.push(`write ${body.to_s}`),
    clear: () => {
      calls.push('clear');
      return new Promise((resolve, reject) => void clearing.push({ resolve, reject }));
    },
    recover: async () => null,
  };
  const { runtime, recorder, state, errors } = recorderOn({ openMinute });
  recorder.record(BODY, runtime.now());
  await settle();
  assert.deepEqual([calls, state.appends.length], [[], 1], 'other events have no draft');

  recorder.keepOpen({ startMs: runtime.now(), body: SAMPLE });
  recorder.record(SAMPLE, runtime.now());
  await settle();
  assert.deepEqual([calls, state.appends.length], [['write 1', 'clear'], 1]);
  clearing[0]?.reject(new Error('the disk removes nothing'));
  await settle();
  assert.deepEqual([errors.length, state.appends.length, recorder.waiting], [1, 1, 1]);
  await runtime.advance(1000);
  clearing[1]?.resolve();
  await settle();
  assert.deepEqual([calls.length, state.appends.length, recorder.waiting], [3, 2, 0]);

  recorder.keepOpen(null);
  clearing[2]?.reject(new Error('the disk removes nothing'));
  await settle();
  assert.equal(errors.length, 1, 'nobody waits for it');
});

test('records what a killed session has left as its own, with its time, zone, session and user', async () => {
  const { runtime, recorder, accepted } = recorderOn({ lastSeq: 7 });
  const draft: Draft = {
    ...{ body: SAMPLE, atMs: Date.UTC(2026, 10, 19), utc_offset_min: -300, time_zone: 'America/New_York' },
    ...{ session_id: '0b6c5f3e-43b4-4f0a-9c3a-2f5a6e1d7c88', user_id: 'joan' },
  };
  recorder.restore(draft);
  recorder.record(BODY, runtime.now());
  await recorder.flush();
  const [restored, own] = accepted;
  assert.deepEqual(restored, {
    ...SAMPLE,
    ...{ schema_version: 1, device_id: own?.device_id, agent_version: own?.agent_version },
    ...{ seq: 8, event_id: `${own?.device_id}:8`, ts: '2026-11-19T00:00:00.000Z' },
    ...{ utc_offset_min: -300, time_zone: 'America/New_York' },
    ...{ session_id: draft.session_id, user_id: 'joan' },
  });
  assert.deepEqual([own?.seq, own?.user_id, own?.utc_offset_min], [9, 'jane', 60]);
});
