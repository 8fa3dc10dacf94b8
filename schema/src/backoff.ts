/** Exponential backoff of every retry in the project. */

export interface BackoffOptions {
  /** Upper limit of the first wait in ms. It doubles with each further failure. */
  readonly baseMs: number;
  /** Maximum wait in ms. */
  readonly maxMs: number;
  /**
   * Random number, 0 <= x < 1. @defaultValue none: each wait is its upper limit, for resources of one
   * process
   */
  readonly random?: () => number;
}

/**
 * Wait after consecutive failures in ms: exponential backoff with full jitter, a random part of `min(maxMs,
 * baseMs * 2^(failures - 1))`. Jitter spreads the retries of clients that failed together.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 *
 * @param failures number of consecutive failures, at least 1
 * @example backoffMs(3, { baseMs: 200, maxMs: 60_000, random: Math.random }) // 0 to 800
 */
export function backoffMs(failures: number, { baseMs, maxMs, random }: BackoffOptions): number {
  const limitMs = Math.min(maxMs, baseMs * 2 ** (failures - 1));
  return random === undefined ? limitMs : random() * limitMs;
}
