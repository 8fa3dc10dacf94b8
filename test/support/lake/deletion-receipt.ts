import type { DeletionReceipt } from '@kinetrack/schema';
import { NOTHING_REMOVED } from '../../../pipeline/deletion/removal-counter.ts';

/** Receipt of a deletion that found nothing. */
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
  removed: NOTHING_REMOVED,
  not_done: [],
  not_done_unlisted: 0,
  expires: [],
});
