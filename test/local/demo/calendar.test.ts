import assert from 'node:assert/strict';
import { addDays } from '@kinetrack/schema';
import {
  includesDate,
  isWorkday,
  nextWorkday,
  weekdayOf,
  workdayBefore,
  workdaysBefore,
} from '../../../local/demo/calendar.ts';

test('counts days over the ends of months and years', () => {
  assert.equal(addDays('2026-12-31', 1), '2027-01-01');
  assert.equal(addDays('2028-03-01', -1), '2028-02-29');
});

test('Monday to Friday are working days', () => {
  const week = Array.from({ length: 7 }, (_, index) => addDays('2026-11-08', index));
  assert.deepEqual(week.map(weekdayOf), [0, 1, 2, 3, 4, 5, 6]);
  assert.deepEqual(week.map(isWorkday), [false, true, true, true, true, true, false]);
});

test('counts working days back over weekends, from Friday if the last day is on a weekend', () => {
  assert.equal(workdaysBefore('2026-11-13', 0), '2026-11-13');
  assert.equal(workdaysBefore('2026-11-13', 4), '2026-11-09');
  assert.equal(workdaysBefore('2026-11-13', 5), '2026-11-06');
  assert.equal(workdaysBefore('2026-11-15', 0), '2026-11-13');
  assert.equal(workdaysBefore('2026-11-14', 1), '2026-11-12');
  assert.equal(workdaysBefore('2026-11-16', 1), '2026-11-13');
});

test('the last working day before a date is over when the date begins', () => {
  const week = Array.from({ length: 7 }, (_, index) => addDays('2026-11-08', index));
  assert.deepEqual(week.map(workdayBefore), [
    ...['2026-11-06', '2026-11-06', '2026-11-09', '2026-11-10', '2026-11-11', '2026-11-12', '2026-11-13'],
  ]);
  assert.equal(workdayBefore('2028-03-01'), '2028-02-29');
  assert.equal(workdayBefore('2027-01-04'), '2027-01-01');
});

test('the next working day of a Friday is Monday', () => {
  assert.equal(nextWorkday('2026-11-12'), '2026-11-13');
  assert.equal(nextWorkday('2026-11-13'), '2026-11-16');
  assert.equal(nextWorkday('2026-11-14'), '2026-11-16');
});

test('a range includes both its ends, no range includes nothing', () => {
  const range = { from: '2026-10-30', to: '2026-11-02' };
  const dates = ['2026-10-29', '2026-10-30', '2026-11-01', '2026-11-02', '2026-11-03'];
  assert.deepEqual(
    dates.map((date) => includesDate(range, date)),
    [false, true, true, true, false],
  );
  assert.equal(includesDate(undefined, '2026-10-30'), false);
});
