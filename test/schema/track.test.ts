import assert from 'node:assert/strict';
import { trackAnswer } from '@kinetrack/schema';

const refusal = { seq: 7, code: 'unknown_activity_type', reason: 'activity_type: must be one of ...' };

test('accepts ranges of seq and refusals, and ignores additional fields of a newer server', () => {
  const answer = { acknowledged: [[1, 6] as const, [8, 8] as const], rejected: [refusal] };
  assert.deepEqual(trackAnswer.parse({ ...answer, took_ms: 12 }), answer);
  assert.deepEqual(trackAnswer.parse({ acknowledged: [], rejected: [] }), { acknowledged: [], rejected: [] });
});

test('returns nothing for a value that is not a list', () => {
  const wrong: readonly unknown[] = [
    undefined,
    null,
    [],
    {},
    { acknowledged: [[1, 2]] },
    { rejected: [] },
    { acknowledged: [1, 2], rejected: [] },
    { acknowledged: [[1]], rejected: [] },
    { acknowledged: [[1, 2, 3]], rejected: [] },
    { acknowledged: [[2, 1]], rejected: [] },
    { acknowledged: [[0, 1]], rejected: [] },
    { acknowledged: [[1, 1.5]], rejected: [] },
    { acknowledged: [['1', '2']], rejected: [] },
    { acknowledged: [[1, 2 ** 53]], rejected: [] },
    { acknowledged: [], rejected: [{ seq: 1, code: 'refused' }] },
    { acknowledged: [], rejected: [{ ...refusal, seq: 0 }] },
    { acknowledged: [], rejected: [{ ...refusal, code: 'Not a code' }] },
  ];
  for (const answer of wrong) {
    assert.equal(trackAnswer.safeParse(answer).success, false, JSON.stringify(answer));
  }
});
