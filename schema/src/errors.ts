/** Helpers for caught errors of unknown type. */

/** The message of an error, or the value itself as a string. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** True for an error with one of these codes: a system code (`ENOENT`) or our own. */
export const hasCode = (
  error: unknown,
  ...codes: readonly string[]
): error is Error & { readonly code: string } =>
  error instanceof Error && 'code' in error && codes.includes(String(error.code));
