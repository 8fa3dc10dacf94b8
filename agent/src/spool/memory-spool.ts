/** A spool in memory: for tests, and for hosts that must not store events. */
import type { DropReason } from '@kinetrack/schema';
import { LossSet } from './id-ranges.ts';
import {
  type Loss,
  lastIdAfter,
  type ReadOptions,
  type Spool,
  SpoolError,
  type SpoolRecord,
  type SpoolStatus,
} from './spool.ts';

export interface MemorySpoolOptions {
  /** The last seq used, and delivered, earlier. @defaultValue 0 */
  readonly lastSeq?: number;
}

export const memorySpool = (options: MemorySpoolOptions = {}): Spool => new MemorySpool(options.lastSeq ?? 0);

class MemorySpool implements Spool {
  readonly #pending = new Map<number, { readonly record: SpoolRecord; readonly bytes: number }>();
  readonly #dropped: Partial<Record<DropReason, number>> = {};
  readonly #losses = new LossSet();
  #pendingBytes = 0;
  #delivered: number;
  #lastSeq: number;
  #closed: boolean = false;

  constructor(lastSeq: number) {
    this.#lastSeq = lastSeq;
    this.#delivered = lastSeq;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  async append(records: readonly SpoolRecord[]): Promise<void> {
    this.#assertOpen('append to');
    const last = lastIdAfter(this.#lastSeq, records);
    for (const record of records) {
      const bytes = Buffer.byteLength(record.line);
      this.#pending.set(record.id, { record, bytes });
      this.#pendingBytes += bytes;
    }
    this.#lastSeq = last;
  }

  async skip(count: number, reason: DropReason): Promise<void> {
    this.#assertOpen('skip in');
    if (count === 0) return;
    const first = this.#lastSeq + 1;
    this.#lastSeq += count;
    this.#lose(reason, first, this.#lastSeq);
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
    for (const id of ids) if (this.#settle(id)) this.#delivered++;
  }

  async drop(reason: DropReason, ids: readonly number[]): Promise<void> {
    this.#assertOpen('drop from');
    for (const id of ids) if (this.#settle(id)) this.#lose(reason, id, id);
  }

  losses(): readonly Loss[] {
    return this.#losses.all;
  }

  async lossesReported(losses: readonly Loss[]): Promise<void> {
    this.#losses.remove(losses);
  }

  status(): SpoolStatus {
    return {
      pendingRecords: this.#pending.size,
      pendingBytes: this.#pendingBytes,
      delivered: this.#delivered,
      dropped: { ...this.#dropped },
      storage: null,
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  /** False if the record was not pending. */
  #settle(id: number): boolean {
    this.#pendingBytes -= this.#pending.get(id)?.bytes ?? 0;
    return this.#pending.delete(id);
  }

  #lose(reason: DropReason, from: number, to: number): void {
    this.#dropped[reason] = (this.#dropped[reason] ?? 0) + to - from + 1;
    this.#losses.add(reason, [[from, to]]);
  }

  #assertOpen(action: string): void {
    if (this.#closed)
      throw new SpoolError('closed', `cannot ${action} the spool in memory: it is closed; create a new one`);
  }
}
