/** What went wrong, for a message. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Whether it is an error with one of these codes: of the system (`ENOENT`) or of our own. */
export const hasCode = (
  error: unknown,
  ...codes: readonly string[]
): error is Error & { readonly code: string } =>
  error instanceof Error && 'code' in error && codes.includes(String(error.code));
