import type { SpoolRecord } from '../../../agent/src/spool/index.ts';

const DEVICE = '6b0d7f3a-2f43-4f3e-9a51-0d0c7c1f6a11';

/** Events of one device as the spool holds them, ids from..from+count-1, padded to about so many bytes. */
export function eventLines(
  count: number,
  options: { from?: number; bytes?: number; deviceId?: string } = {},
) {
  const { from = 1, bytes = 0, deviceId = DEVICE } = options;
  return Array.from({ length: count }, (_, i): SpoolRecord => {
    const id = from + i;
    const event = { event_id: `${deviceId}:${id}`, device_id: deviceId, seq: id, note: '' };
    const bare = JSON.stringify(event).length;
    return { id, line: JSON.stringify({ ...event, note: 'x'.repeat(Math.max(0, bytes - bare)) }) };
  });
}
