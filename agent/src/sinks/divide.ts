/** What one request of a destination holds at most. */
export interface RequestLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
}

/** Divides records into requests, in their order; one that is larger than a request gets one of its own. */
export function* divide<T>(
  records: readonly T[],
  bytesOf: (record: T) => number,
  { maxRecords, maxBytes }: RequestLimits,
): Generator<readonly T[]> {
  let request: T[] = [];
  let bytes = 0;
  for (const record of records) {
    const more = bytesOf(record);
    if (request.length > 0 && (request.length >= maxRecords || bytes + more > maxBytes)) {
      yield request;
      request = [];
      bytes = 0;
    }
    request.push(record);
    bytes += more;
  }
  if (request.length > 0) yield request;
}
