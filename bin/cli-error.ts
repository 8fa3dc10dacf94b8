/** A usage error: the message gives the value, the rule and the remedy. Exit code 2. */
export class UsageError extends Error {
  readonly code = 'usage';
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UsageError';
  }
}

/** One line for the user; with the stack trace if KINETRACK_DEBUG is set. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return process.env.KINETRACK_DEBUG ? (error.stack ?? error.message) : error.message;
}
