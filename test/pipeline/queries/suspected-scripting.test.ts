/** What is taken for scripted input, and what is not, sample by sample. */
import assert from 'node:assert/strict';
import { type ActivityEvent, parseEvent } from '@kinetrack/schema';
import { ask, lakeOfEvents, type Row } from '../../support/lake/query-lake.ts';
import {
  type BySecond,
  everySecond,
  type MinuteSketch,
  sampleOf,
} from '../../support/lake/sample-factory.ts';

/** Minutes from 09:10 on, UTC; the person's clock is an hour ahead. */
const minutes = (count: number, sketch: (index: number) => MinuteSketch): ActivityEvent[] =>
  Array.from({ length: count }, (_, index) =>
    sampleOf({
      at: `2026-11-20T09:${String(10 + index).padStart(2, '0')}`,
      seq: index + 1,
      ...sketch(index),
    }),
  );

async function suspected(events: readonly ActivityEvent[]): Promise<Row[]> {
  return ask(await lakeOfEvents(events), 'suspected-scripting', { days: 1, until: '2026-11-20' });
}

/** Seconds in which something happens, so many apart. */
const every = (step: number, amount = 1, from = 0): BySecond =>
  everySecond(Math.ceil((60 - from) / step), { from, step, amount });

const brief = (rows: readonly Row[]): readonly string[] =>
  rows.map(
    ({ user_id, what, begins, ends, minutes: length, active_s, step_s, even_steps }) =>
      `${String(user_id)} ${String(what)} ${String(begins)}-${String(ends)} ${String(length)} min, ${String(active_s)} s every ${String(step_s)} s: ${String(even_steps)}`,
  );

test('reports a mouse that moves every 20 seconds for ten minutes, and a key every 6', async () => {
  const jiggler = minutes(10, () => ({ distance: every(20, 2) }));
  const presser = minutes(12, () => ({ user: 'grace', keys: every(6) })).map((event, index) => ({
    ...event,
    device_id: '7a2e4b10-0c55-4f3a-9a41-1d2c3b4a5968',
    event_id: `7a2e4b10-0c55-4f3a-9a41-1d2c3b4a5968:${index + 1}`,
  }));
  assert.deepEqual(brief(await suspected([...jiggler, ...presser])), [
    'ada mouse 10:10-10:20 10 min, 30 s every 20 s: 1',
    'grace keys 10:10-10:22 12 min, 120 s every 6 s: 1',
  ]);
});

test('counts a sample that arrived twice once', async () => {
  const jiggler = minutes(10, () => ({ distance: every(20, 2) }));
  assert.deepEqual(brief(await suspected([...jiggler, ...jiggler])), [
    'ada mouse 10:10-10:20 10 min, 30 s every 20 s: 1',
  ]);
});

test('continues over one lost minute, but not over two', async () => {
  const without = (...lost: readonly number[]) =>
    minutes(20, () => ({ distance: every(20, 2) })).filter((_, index) => !lost.includes(index));
  assert.equal(brief(await suspected(without(9)))[0], 'ada mouse 10:10-10:30 20 min, 57 s every 20 s: 0.982');
  assert.deepEqual(await suspected(without(8, 9, 19)), []);
});

test('suspects nobody for nine minutes, uneven steps, uneven amounts or a mouse that never rests', async () => {
  const uneven = [3, 8, 10, 19, 22, 35, 36, 51];
  const people: readonly (readonly [number, (index: number) => MinuteSketch])[] = [
    [9, () => ({ distance: every(20, 2) })],
    // One key at a time, as in reading with the arrow keys.
    [30, (index) => ({ keys: Object.fromEntries(uneven.map((second) => [(second * (index + 3)) % 60, 1])) })],
    [30, () => ({ distance: Object.fromEntries(uneven.map((second, place) => [second, 7 * place + 1])) })],
    [
      30,
      (index) => ({
        distance: Object.fromEntries(Array.from({ length: 60 }, (_, s) => [s, 1 + ((s * 37 + index) % 90)])),
      }),
    ],
    [30, () => ({ keys: null, clicks: null, scrolls: null, distance: null })],
  ];
  for (const [count, sketch] of people) assert.deepEqual(await suspected(minutes(count, sketch)), []);
});

test('shows what an agent has noticed itself, once, with its evidence', async () => {
  const reported = (seq: number, evidence: Readonly<Record<string, string>>): ActivityEvent => {
    const {
      event_id,
      activity_type,
      from_s,
      to_s,
      keys,
      clicks,
      scrolls,
      distance_px,
      segments,
      distraction_s,
      idle_at_start_s,
      flags,
      ...envelope
    } = sampleOf({ seq });
    const parsed = parseEvent({
      ...envelope,
      event_id: `${envelope.device_id}:${seq}`,
      activity_type: 'scripted_activity',
      detector: 'too_straight',
      window_s: 90.5,
      evidence,
      action: 'flagged',
    });
    if (!parsed.ok) throw new TypeError(parsed.message);
    return parsed.value;
  };
  const event = reported(1, { paths: '12', deviation_px: '0' });
  const rows = await suspected([event, event, reported(2, {})]);
  assert.deepEqual(
    rows.map(({ begins, ends, seen_by, what, minutes: length, evidence }) => [
      begins,
      ends,
      seen_by,
      what,
      length,
      evidence,
    ]),
    [
      ['10:10', '10:12', 'agent, flagged', 'too_straight', 2, null],
      ['10:10', '10:12', 'agent, flagged', 'too_straight', 2, 'deviation_px 0, paths 12'],
    ],
  );
});
