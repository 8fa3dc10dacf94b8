/**
 * Decides when what waits to become durable does.
 *
 * The first to come after a quiet time is committed at once; whoever comes within `groupMs` of a commit waits for
 * its end together with the others, unless 64 KiB have gathered. So an event alone is accepted after one sync, and
 * a stream of them costs the disk five syncs a second, not hundreds.
 */
import type { Runtime, Timer } from '../runtime.ts';

const GROUP_BYTES = 64 * 1024;

export interface CommitQueueOptions<Item extends { readonly bytes: number }> {
  readonly groupMs: number;
  readonly runtime: Runtime;
  /** Takes out what it commits. Never rejects. */
  readonly commit: (queue: CommitQueue<Item>) => Promise<void>;
}

export class CommitQueue<Item extends { readonly bytes: number }> {
  readonly #options: CommitQueueOptions<Item>;
  #items: Item[] = [];
  #bytes = 0;
  #lastStartMs = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;
  #committing: Promise<void> | undefined;

  constructor(options: CommitQueueOptions<Item>) {
    this.#options = options;
  }

  push(item: Item): void {
    this.#items.push(item);
    this.#bytes += item.bytes;
    this.#schedule();
  }

  /** All that waits; it waits no more. */
  take(): readonly Item[] {
    const items = this.#items;
    this.#items = [];
    this.#bytes = 0;
    this.#cancelTimer();
    return items;
  }

  /** Resolves once nothing waits any more. */
  async flush(): Promise<void> {
    while (this.#items.length > 0 || this.#committing !== undefined) await this.#start();
  }

  #schedule(): void {
    if (this.#committing !== undefined || this.#items.length === 0) return;
    const { groupMs, runtime } = this.#options;
    const restMs = this.#lastStartMs + groupMs - runtime.monotonic();
    if (restMs <= 0 || this.#bytes >= GROUP_BYTES) void this.#start();
    else this.#timer ??= runtime.after(restMs, () => void this.#start());
  }

  #start(): Promise<void> {
    this.#cancelTimer();
    this.#committing ??= this.#commit();
    return this.#committing;
  }

  async #commit(): Promise<void> {
    this.#lastStartMs = this.#options.runtime.monotonic();
    await this.#options.commit(this);
    this.#committing = undefined;
    this.#schedule();
  }

  #cancelTimer(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
