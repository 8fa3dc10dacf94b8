export type { Disk, DiskFile } from './disk.ts';
export type { SpoolReport } from './inspect.ts';
export { type KeyRing, type KeyRingOptions, openKeyRing, type SpoolKey } from './keys/index.ts';
export { type MemorySpoolOptions, memorySpool } from './memory-spool.ts';
export type { RecoveryReport } from './recovery.ts';
export { openSegmentSpool, type SegmentSpool, type SegmentSpoolOptions } from './segment-spool.ts';
export * from './spool.ts';
export { systemDisk } from './system-disk.ts';
