/** A spool without a disk: for tests, and for who prefers losing events to storing them. */
import { lastIdAbove } from './order.ts';
import { type ReadOptions, type Spool, SpoolError, type SpoolRecord, type SpoolStatus } from './spool.ts';

export interface MemorySpoolOptions {
  /** The last seq that was given out before. @defaultValue 0 */
  readonly lastSeq?: number;
}

export const memorySpool = (options: MemorySpoolOptions = {}): Spool => new MemorySpool(options.lastSeq ?? 0);

class MemorySpool implements Spool {
  readonly #pending = new Map<number, { readonly record: SpoolRecord; readonly bytes: number }>();
  #pendingBytes = 0;
  #lastSeq: number;
  #closed: boolean = false;

  constructor(lastSeq: number) {
    this.#lastSeq = lastSeq;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  async append(records: readonly SpoolRecord[]): Promise<void> {
    this.#assertOpen('append to');
    const last = lastIdAbove(this.#lastSeq, records);
    for (const record of records) {
      const bytes = Buffer.byteLength(record.line);
      this.#pending.set(record.id, { record, bytes });
      this.#pendingBytes += bytes;
    }
    this.#lastSeq = last;
  }

  async read({ afterId = 0, maxRecords, maxBytes }: ReadOptions): Promise<readonly SpoolRecord[]> {
    this.#assertOpen('read');
    const found: SpoolRecord[] = [];
    let total = 0;
    for (const { record, bytes } of this.#pending.values()) {
      if (record.id <= afterId) continue;
      if (found.length > 0 && (found.length >= maxRecords || total + bytes > maxBytes)) break;
      found.push(record);
      total += bytes;
    }
    return found;
  }

  async ack(ids: readonly number[]): Promise<void> {
    this.#assertOpen('acknowledge in');
    for (const id of ids) {
      this.#pendingBytes -= this.#pending.get(id)?.bytes ?? 0;
      this.#pending.delete(id);
    }
  }

  status(): SpoolStatus {
    return { pendingRecords: this.#pending.size, pendingBytes: this.#pendingBytes, dropped: {} };
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #assertOpen(action: string): void {
    if (this.#closed)
      throw new SpoolError('closed', `cannot ${action} the spool in memory: it was closed; make a new one`);
  }
}
