import type { DeletionReceipt } from '@kinetrack/schema';

/** Of a deletion that found nothing. */
export const emptyReceipt = (id: string): DeletionReceipt => ({
  schema_version: 1,
  id,
  dry_run: false,
  person: null,
  requested_by: 'root',
  erased_before: '2026-11-20T09:00:00.000Z',
  started_at: '2026-11-20T09:00:00.000Z',
  finished_at: '2026-11-20T09:00:01.000Z',
  resumed: 0,
  removed: {
    objects_read: 0,
    objects_rewritten: 0,
    objects_deleted: 0,
    events: {},
    minute_rows: 0,
    hour_rows: 0,
    summary_items: 0,
    screenshots: 0,
    error_records: 0,
    versions: 0,
  },
  not_done: [],
  not_done_unlisted: 0,
  expires: [],
});
