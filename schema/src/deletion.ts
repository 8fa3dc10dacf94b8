/** Deletion of one person: what is asked for, and the receipt of what was removed. */
import * as z from 'zod';
import { ACTIVITY_TYPES } from './activities.ts';
import { utcTimestamp } from './time.ts';

const count = z.int().min(0);

export const deletionRequest = z.strictObject({
  /** Names the receipt: letters, digits and hyphens, so that it can stand in a key. */
  id: z.string().regex(/^[0-9A-Za-z][0-9A-Za-z-]{0,99}$/, 'must be 1 to 100 letters, digits and hyphens'),
  user_id: z.string().min(1).max(128),
  /** The user id of whoever asked. */
  requested_by: z.string().min(1).max(128),
  /** Counts and changes nothing. */
  dry_run: z.boolean().optional(),
});
export type DeletionRequest = z.infer<typeof deletionRequest>;

/** What was removed; for a dry run, what would be. */
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

/** What the deletion could not finish with, by key and reason. */
export const notDone = z.strictObject({ key: z.string(), why: z.string() });
export type NotDone = z.infer<typeof notDone>;

/** A copy that the deletion does not reach, and when it expires by itself. */
export const expiringCopy = z.strictObject({
  what: z.string(),
  /** Null where it depends on something that the pipeline does not know. */
  gone_by: utcTimestamp.nullable(),
  note: z.string(),
});
export type ExpiringCopy = z.infer<typeof expiringCopy>;

/** Stored under `deletions/receipts/<id>.json`. It names the person by a salted hash alone. */
export const deletionReceipt = z.strictObject({
  schema_version: z.literal(1),
  id: z.string(),
  dry_run: z.boolean(),
  /** The salted hash that the tombstone is filed under; null for a dry run in a lake without a deletion so far. */
  person: z.string().nullable(),
  /** `the person` where they asked themselves. */
  requested_by: z.string(),
  /** Events before this moment are gone for good; the person may be recorded anew afterwards. */
  erased_before: utcTimestamp,
  started_at: utcTimestamp,
  finished_at: utcTimestamp,
  /** How often it was interrupted and taken up again: what the last few objects of each time held is not counted. */
  resumed: count,
  removed: removedCounts,
  not_done: z.array(notDone),
  /** How many more of them there are than are listed. */
  not_done_unlisted: count,
  expires: z.array(expiringCopy),
});
export type DeletionReceipt = z.infer<typeof deletionReceipt>;

/** The body under which a tombstone lies; the moment stands in its key as well. */
export const tombstone = z.strictObject({ schema_version: z.literal(1), erased_before: utcTimestamp });

export const DELETION_STEPS = ['raw', 'rollups', 'summaries', 'screenshots', 'errors', 'history'] as const;
export type DeletionStep = (typeof DELETION_STEPS)[number];

/** Where a deletion that takes several runs has come to, under `deletions/progress/<id>.json`. It names nobody. */
export const deletionProgress = z.strictObject({
  schema_version: z.literal(1),
  erased_before: utcTimestamp,
  started_at: utcTimestamp,
  /** 1: everything; 2: what was on its way while the first pass ran. */
  pass: z.union([z.literal(1), z.literal(2)]),
  /** End of the first pass; null while it runs. */
  first_pass_ended_at: utcTimestamp.nullable(),
  step: z.enum(DELETION_STEPS),
  /** The last key of the step that is done with; empty at its beginning. */
  after: z.string(),
  resumed: count,
  removed: removedCounts,
  not_done: z.array(notDone),
  not_done_unlisted: count,
});
export type DeletionProgress = z.infer<typeof deletionProgress>;

/** Stored under `deletions/sweep.json`. */
export const sweepState = z.strictObject({
  schema_version: z.literal(1),
  /** What was written before this moment is swept. */
  swept_before: utcTimestamp,
  /** Of the sweep that is under way. */
  started_at: utcTimestamp,
  /** Null between sweeps. */
  step: z.enum(['raw', 'errors']).nullable(),
  after: z.string(),
});
export type SweepState = z.infer<typeof sweepState>;
