export { type MemorySpoolOptions, memorySpool } from './memory-spool.ts';
export type { RecoveryReport } from './recovery.ts';
export { openSegmentSpool, type SegmentSpool, type SegmentSpoolOptions } from './segment-spool.ts';
export * from './spool.ts';
