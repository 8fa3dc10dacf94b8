import assert from 'node:assert/strict';
import { touchedHours } from '../../../pipeline/lake/keys.ts';

test('names each hour of new samples once, in order of time', () => {
  assert.deepEqual(
    touchedHours([
      'raw/activity_type=sample/dt=2026-11-20/hour=10/b.json.gz',
      'raw/activity_type=sample/dt=2026-11-19/hour=23/a.json.gz',
      'raw/activity_type=sample/dt=2026-11-20/hour=10/a.json.gz',
      'raw/activity_type=sample/dt=2026-11-20/hour=09/a.json.gz',
    ]),
    [
      { dt: '2026-11-19', hour: '23' },
      { dt: '2026-11-20', hour: '09' },
      { dt: '2026-11-20', hour: '10' },
    ],
  );
});

test('is not touched by what holds no samples', () => {
  assert.deepEqual(
    touchedHours([
      'raw/activity_type=mouse_move/dt=2026-11-20/hour=10/b.json.gz',
      'rollup/minutes/dt=2026-11-20/hour=10/part-0.parquet',
      'errors/unknown-type/2026/11/20/a.json.gz',
      'raw/activity_type=sample/dt=2026-11-20/hour=24/a.json.gz',
      'raw/activity_type=sample/dt=2026-11-20/hour=10/a.json.gz.tmp',
      'x/raw/activity_type=sample/dt=2026-11-20/hour=10/a.json.gz',
    ]),
    [],
  );
});
