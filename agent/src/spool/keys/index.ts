export type { Exec, ExecCommand, ExecOutcome } from './exec.ts';
export { type KeyRingOptions, openKeyRing } from './key-ring.ts';
export type { KeyHost } from './keystores.ts';
export type { KeyRing, SpoolKey } from './spool-key.ts';
