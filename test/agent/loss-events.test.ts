import assert from 'node:assert/strict';
import { activityShapes } from '@kinetrack/schema';
import { lossEvents } from '../../agent/src/recorder.ts';
import type { IdRange } from '../../agent/src/spool/id-ranges.ts';

test('reports reason, number and ranges', () => {
  const ranges: IdRange[] = [
    [12, 40],
    [57, 57],
  ];
  const [event] = lossEvents([{ reason: 'queue_full', ranges }]);
  assert.deepEqual(event?.body.detail, { reason: 'queue_full', events: '30', ranges: '12-40,57' });
  assert.deepEqual(event?.loss, { reason: 'queue_full', ranges });
});

test('divides ranges that fill more than one detail, and leaves none out', () => {
  const ranges = Array.from({ length: 500 }, (_, i): IdRange => [1e9 + i * 10, 1e9 + i * 10 + (i % 3)]);
  const events = lossEvents([{ reason: 'damaged', ranges }]);
  assert.ok(events.length > 1);
  assert.deepEqual(
    events.flatMap(({ loss }) => loss.ranges),
    ranges,
  );
  for (const { body } of events) activityShapes.system.detail.parse(body.detail);
});
