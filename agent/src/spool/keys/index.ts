export type { Exec, ExecCommand, ExecOutcome } from './exec.ts';
export type { KeyRing, SpoolKey } from './key-ring.ts';
export { type KeyRingOptions, openKeyRing } from './open-key-ring.ts';
export type { KeyHost } from './secret-store.ts';
