import assert from 'node:assert/strict';
import { ACTIVITY_TYPES, parseEvent, parseEventLine } from '@kinetrack/schema';
import { sampleEvent } from '../support/lake/raw-samples.ts';

const sample = sampleEvent();
const none = Array.from({ length: 60 }, () => 0);
const window = (fields: object) => ({ segments: [{ ...sample.segments[0], ...fields }] });

function messageOf(input: unknown): string {
  const parsed = parseEvent(input);
  assert.ok(!parsed.ok);
  return parsed.message;
}

test('accepts a valid event unchanged', () => {
  assert.deepEqual(parseEvent(sample), { ok: true, value: sample });
  assert.deepEqual(parseEventLine(JSON.stringify(sample)), { ok: true, value: sample });
});

test('names the path, the rule and the value of what is wrong', () => {
  const { schema_version: _, ...withoutVersion } = sample;
  const cases: readonly (readonly [object, string])[] = [
    [withoutVersion, 'schema_version: must be 1; got nothing'],
    [{ ...sample, schema_version: 2 }, 'schema_version: must be 1; got 2'],
    [{ ...sample, seq: 1.5 }, 'seq: must be a whole number; got 1.5'],
    [{ ...sample, seq: 'x' }, 'seq: must be a number; got "x"'],
    [{ ...sample, seq: 0 }, 'seq: must be at least 1; got 0'],
    [{ ...sample, device_id: 'pc-7' }, 'device_id: must be a UUID; got "pc-7"'],
    [{ ...sample, user_id: '' }, 'user_id: must have at least 1 character; got ""'],
    [{ ...sample, utc_offset_min: 900 }, 'utc_offset_min: must be at most 840; got 900'],
    [{ ...sample, keys: [...none, 0] }, 'keys: must have at most 60 items; got a list of 61'],
    [{ ...sample, keys: [1] }, 'keys: must have one number per observed second: 60, not 1; got a list of 1'],
    [{ ...sample, flags: 'x' }, 'flags: must be a list; got "x"'],
    [{ ...sample, ...window({ to_s: 61 }) }, 'segments.0.to_s: must be at most 60; got 61'],
    [{ ...sample, ...window({ to_s: 59 }) }, 'segments: must end at to_s (60), not at 59; got a list of 1'],
    [
      { ...sample, ...window({ from_s: 1 }) },
      'segments.0: must start at second 0 and end after it; got an object',
    ],
    [{ ...sample, event_id: 'a:1' }, 'event_id: must be <device_id>:<seq>; got "a:1"'],
  ];
  for (const [input, message] of cases) assert.equal(messageOf(input), message);
});

test('accepts time in one form, and only days that exist', () => {
  const form = 'ts: must be UTC in the form 2026-11-20T09:10:11.123Z';
  assert.equal(messageOf({ ...sample, ts: '2026-11-20T09:10:11Z' }), `${form}; got "2026-11-20T09:10:11Z"`);
  assert.equal(messageOf({ ...sample, ts: 1795165800 }), 'ts: must be a string; got 1795165800');
  assert.equal(
    messageOf({ ...sample, ts: '2026-02-31T09:10:11.123Z' }),
    'ts: must be an existing date; got "2026-02-31T09:10:11.123Z"',
  );
});

test('refuses a field that the schema does not name, without repeating what it holds', () => {
  assert.equal(messageOf({ ...sample, typed: 'my password' }), 'event: has unknown fields; remove typed');
});

test('reports the length of a window title, never its text', () => {
  assert.equal(
    messageOf({ ...sample, ...window({ title: 'secret '.repeat(100) }) }),
    'segments.0.title: must have at most 512 characters; got a string of 700 characters',
  );
  const parsed = parseEventLine('{"title": "secret');
  assert.deepEqual(parsed, {
    ok: false,
    reason: 'not_json',
    path: '',
    message: 'event: must be one JSON object per line; got a string of 17 characters that is not JSON',
  });
});

test("accepts a script's own event within its limits, and reports only the length of its strings", () => {
  const { schema_version, event_id, device_id, seq, session_id, user_id, ...rest } = sample;
  const { ts, utc_offset_min, time_zone, agent_version } = rest;
  const custom = {
    ...{ schema_version, event_id, device_id, seq, session_id, user_id, ts, utc_offset_min, time_zone },
    ...{ agent_version, activity_type: 'custom', name: 'build_finished', values: { rows: 3, file: 'a' } },
  };
  assert.deepEqual(parseEvent(custom), { ok: true, value: custom });
  assert.equal(
    messageOf({ ...custom, values: { plan: 'secret'.repeat(200) } }),
    'values.plan: must have at most 1024 characters; got a string of 1200 characters',
  );
  assert.equal(
    messageOf({ ...custom, values: { done: true } }),
    'values.done: must be a string or a finite number; got true',
  );
  assert.equal(
    messageOf({ ...custom, values: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`k${i}`, i])) }),
    'values: must have at most 32 keys, not 33; got an object',
  );
});

test('counts an unknown type apart from a field that is wrong', () => {
  for (const input of [null, [], 'text', {}, { ...sample, activity_type: 'toString' }]) {
    const parsed = parseEvent(input);
    assert.ok(!parsed.ok);
    assert.equal(parsed.reason, 'unknown_activity_type');
    assert.ok(ACTIVITY_TYPES.every((type) => parsed.message.includes(type)));
  }
  const parsed = parseEvent({ ...sample, seq: 0 });
  assert.equal(parsed.ok ? undefined : parsed.reason, 'invalid_field');
});
