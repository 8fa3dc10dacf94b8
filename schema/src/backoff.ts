/** The one exponential backoff: every place that tries again waits by it. */

export interface BackoffOptions {
  /** Limit of the first wait, ms. It doubles with each further failure. */
  readonly baseMs: number;
  /** No wait is longer, ms. */
  readonly maxMs: number;
  /** 0 <= x < 1. @defaultValue none: each wait is its limit, for what only this process uses */
  readonly random?: () => number;
}

/**
 * How long to wait after so many failures in a row, ms: exponential backoff with full jitter, a random part of
 * `min(maxMs, baseMs * 2^(failures - 1))`. Clients that failed together do not come back together.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 *
 * @param failures from 1, the first one
 * @example backoffMs(3, { baseMs: 200, maxMs: 60_000, random: Math.random }) // 0 to 800
 */
export function backoffMs(failures: number, { baseMs, maxMs, random }: BackoffOptions): number {
  const limitMs = Math.min(maxMs, baseMs * 2 ** (failures - 1));
  return random === undefined ? limitMs : random() * limitMs;
}
