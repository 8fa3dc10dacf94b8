/** Wrong use of the command line: the value, the rule, the remedy. Exit code 2. */
export class UsageError extends Error {
  readonly code = 'usage';
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UsageError';
  }
}

/** One line for a person; the stack only where KINETRACK_DEBUG asks for it. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return process.env.KINETRACK_DEBUG ? (error.stack ?? error.message) : error.message;
}
