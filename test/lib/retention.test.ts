import assert from 'node:assert/strict';
import { Duration } from 'aws-cdk-lib';
import { InvalidRetention, resolveRetention } from '../../lib/retention.ts';

describe('the retention of the lake', () => {
  it('changes only what is named', () => {
    const { raw, rollups, errors } = resolveRetention({ raw: Duration.days(100) });
    assert.deepEqual([raw.toDays(), rollups.toDays(), errors.toDays()], [100, 1100, 90]);
  });

  for (const [what, given, message] of [
    [
      'rollups that end before raw events',
      { raw: Duration.days(500), rollups: Duration.days(400) },
      /rollups must be kept at least as long as raw events, .*; got rollups=400, raw=500/,
    ],
    [
      'summaries that outlive rollups',
      { rollups: Duration.days(500), summaries: Duration.days(501) },
      /summaries must not be kept longer than rollups, .*; got summaries=501, rollups=500/,
    ],
    ['a part of a day', { errors: Duration.hours(36) }, /retention\.errors: must be whole days.*; got 1\.5/],
    [
      'no time at all',
      { errors: Duration.days(0) },
      /retention\.errors: must be whole days, at least 1; got 0/,
    ],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => resolveRetention(given),
        (error) => error instanceof InvalidRetention && message.test(error.message),
      );
    });
  }
});
