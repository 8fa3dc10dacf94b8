/** The sizes that packing aims at; the schema says why. */
import { BILLING_STEP_BYTES, MAX_RECORD_EVENTS } from '@kinetrack/schema';
import type { ReadOptions } from '../spool/spool.ts';

export {
  BILLING_STEP_BYTES,
  MAX_EVENT_BYTES,
  MAX_RECORD_BYTES,
  MAX_RECORD_EVENTS,
} from '@kinetrack/schema';

/** What to read from a spool so that it packs, newlines included, into one record of one billing step. */
export const STEADY_READ: ReadOptions = {
  maxRecords: MAX_RECORD_EVENTS,
  maxBytes: BILLING_STEP_BYTES - MAX_RECORD_EVENTS,
};
