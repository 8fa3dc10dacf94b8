import { divide, type RequestLimits } from '@kinetrack/schema';

/**
 * Puts entries in several requests. Returns one outcome per entry. Rejects only if the first request
 * fails; entries of later failed requests are retryable.
 */
export async function putInParts<Entry>(
  entries: readonly Entry[],
  bytesOf: (entry: Entry) => number,
  limits: RequestLimits,
  put: (entries: Entry[]) => Promise<readonly boolean[]>,
): Promise<readonly ('stored' | 'retryable')[]> {
  const outcomes: ('stored' | 'retryable')[] = [];
  for (const part of divide(entries, bytesOf, limits)) {
    try {
      const stored = await put([...part]);
      // An entry without a result counts as not stored.
      outcomes.push(...part.map((_, i) => (stored[i] === true ? 'stored' : 'retryable')));
    } catch (error) {
      if (outcomes.length === 0) throw error;
      break;
    }
  }
  return entries.map((_, i) => outcomes[i] ?? 'retryable');
}
