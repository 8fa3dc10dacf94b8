export { type CopyAges, cloudCopies, localCopies } from './copies.ts';
export {
  type DeletionDependencies,
  type DeletionOutcome,
  deletePerson,
  readOnlyStore,
} from './delete-person.ts';
export type { RetentionDays } from './expire.ts';
export { loadProgress, loadReceipt } from './records.ts';
export { type SweepDependencies, type SweepReport, sweepLake } from './sweep.ts';
