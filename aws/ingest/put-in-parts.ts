import { divide, type RequestLimits } from '@kinetrack/schema';

/**
 * Outcome by outcome what became of all entries, put request by request. Rejects where the first request does: of the
 * others it is known that they are not stored.
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
      // Also where the answer leaves one out, which the service itself never does.
      outcomes.push(...part.map((_, i) => (stored[i] === true ? 'stored' : 'retryable')));
    } catch (error) {
      if (outcomes.length === 0) throw error;
      break;
    }
  }
  return entries.map((_, i) => outcomes[i] ?? 'retryable');
}
