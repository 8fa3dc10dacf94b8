import { SpoolError } from './spool.ts';

const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: free some space',
  EDQUOT: 'the disk quota is used up: free some space or raise it',
  EACCES: 'this user may not write there: give it access or choose another folder',
  EPERM: 'this user may not write there: give it access or choose another folder',
  EROFS: 'the file system is read-only: choose another folder',
  EMFILE: 'the process has too many files open: raise its limit',
  EIO: 'the disk reports a fault: check it, and choose another folder',
};

/** `cannot append to /path: the disk is full: free some space (ENOSPC)` */
export function ioError(action: string, path: string, cause: unknown): SpoolError {
  if (cause instanceof SpoolError) return cause;
  const code = errorCode(cause);
  const why = cause instanceof Error ? cause.message : String(cause);
  const remedy = code === undefined ? undefined : REMEDIES[code];
  return new SpoolError('io', `cannot ${action} ${path}: ${remedy ? `${remedy} (${code})` : why}`, { cause });
}

export const errorCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** Whether the disk, or what this user may take of it, is full. */
export const isOutOfSpace = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT'].includes(errorCode(error) ?? '');
