export { type CopyAges, cloudCopies, localCopies } from './copies.ts';
export { type DeletionOutcome, type DeletionWorld, deletePerson, withoutWrites } from './delete-person.ts';
export type { RetentionDays } from './expire.ts';
export { loadProgress, loadReceipt } from './records.ts';
export { type SweepReport, type SweepWorld, sweepLake } from './sweep.ts';
