/** Deletion of a person: the request, the receipt and the stored progress. */
import * as z from 'zod';
import { ACTIVITY_TYPES } from './activities.ts';
import { utcTimestamp } from './time.ts';

const count = z.int().min(0);

export const deletionRequest = z.strictObject({
  /** ID of the receipt: letters, digits and hyphens, because it is part of a key. */
  id: z.string().regex(/^[0-9A-Za-z][0-9A-Za-z-]{0,99}$/, 'must be 1 to 100 letters, digits and hyphens'),
  user_id: z.string().min(1).max(128),
  /** User ID of the requester. */
  requested_by: z.string().min(1).max(128),
  /** Counts without changing data. */
  dry_run: z.boolean().optional(),
});
export type DeletionRequest = z.infer<typeof deletionRequest>;

/** Deleted items; for a dry run, items to delete. */
export const removedCounts = z.strictObject({
  objects_read: count.meta({ description: 'Objects read.' }),
  objects_rewritten: count.meta({ description: 'Objects rewritten because they also contain other people.' }),
  objects_deleted: count.meta({ description: 'Objects deleted because they contain no other people.' }),
  events: z.partialRecord(z.enum([...ACTIVITY_TYPES, 'unreadable']), count).meta({
    description: 'Raw events by activity type; unreadable: invalid lines with the user ID.',
  }),
  minute_rows: count,
  hour_rows: count,
  summary_items: count.meta({ description: 'Items of the summaries table.' }),
  screenshots: count,
  error_records: count.meta({ description: 'Undeliverable records, complete or partial.' }),
  versions: count.meta({
    description: 'Deleted earlier versions of objects, including those of other people.',
  }),
});
export type RemovedCounts = z.infer<typeof removedCounts>;

/** Objects that the deletion could not process, with the reason. */
export const notDone = z.strictObject({ key: z.string(), why: z.string() });
export type NotDone = z.infer<typeof notDone>;

/** A copy that the deletion cannot access, and when it expires. */
export const expiringCopy = z.strictObject({
  what: z.string(),
  /** Null if the pipeline does not know the retention. */
  gone_by: utcTimestamp.nullable(),
  note: z.string(),
});
export type ExpiringCopy = z.infer<typeof expiringCopy>;

/** Stored at `deletions/receipts/<id>.json`. It identifies the person only by a salted hash. */
export const deletionReceipt = z.strictObject({
  schema_version: z.literal(1),
  id: z.string(),
  dry_run: z.boolean(),
  /** Salted hash in the key of the tombstone; null for a dry run in a lake without deletions. */
  person: z.string().nullable(),
  /** `the person` if the requester is the deleted person. */
  requested_by: z.string(),
  /** Events before this time are deleted permanently; later events are accepted. */
  erased_before: utcTimestamp,
  started_at: utcTimestamp,
  finished_at: utcTimestamp,
  /**
   * Number of restarts after an interruption. Counts of the last objects before an interruption are
   * missing.
   */
  resumed: count,
  removed: removedCounts,
  not_done: z.array(notDone),
  /** Number of further ones that are not listed. */
  not_done_unlisted: count,
  expires: z.array(expiringCopy),
});
export type DeletionReceipt = z.infer<typeof deletionReceipt>;

/** Content of a tombstone. Its key contains the time, too. */
export const tombstone = z.strictObject({ schema_version: z.literal(1), erased_before: utcTimestamp });

export const DELETION_STEPS = ['raw', 'rollups', 'summaries', 'screenshots', 'errors', 'history'] as const;
export type DeletionStep = (typeof DELETION_STEPS)[number];

/** Progress of a deletion with several runs, at `deletions/progress/<id>.json`. It contains no user ID. */
export const deletionProgress = z.strictObject({
  schema_version: z.literal(1),
  erased_before: utcTimestamp,
  started_at: utcTimestamp,
  /** 1: all data; 2: data that arrived during the first pass. */
  pass: z.union([z.literal(1), z.literal(2)]),
  /** End of the first pass; null during it. */
  first_pass_ended_at: utcTimestamp.nullable(),
  step: z.enum(DELETION_STEPS),
  /** Last processed key of the step; empty at its start. */
  after: z.string(),
  resumed: count,
  removed: removedCounts,
  not_done: z.array(notDone),
  not_done_unlisted: count,
});
export type DeletionProgress = z.infer<typeof deletionProgress>;

/** Stored at `deletions/sweep.json`. */
export const sweepState = z.strictObject({
  schema_version: z.literal(1),
  /** Objects from before this time are swept. */
  swept_before: utcTimestamp,
  /** Start of the current sweep. */
  started_at: utcTimestamp,
  /** Null between sweeps. */
  step: z.enum(['raw', 'errors']).nullable(),
  after: z.string(),
});
export type SweepState = z.infer<typeof sweepState>;
