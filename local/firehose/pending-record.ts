import type { RecordOutcome } from '@kinetrack/agent';

/** One record that a sender waits for: settled once every part of it is durable or given up. */
export class PendingRecord {
  readonly outcome: Promise<RecordOutcome>;
  #resolve: (outcome: RecordOutcome) => void = () => {};
  #openParts: number;
  #failure: string | undefined;

  constructor(parts: number) {
    this.#openParts = parts;
    this.outcome = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** One part is durable or, with a reason, was not stored. */
  settlePart(failure?: string): void {
    this.#failure ??= failure;
    this.#openParts -= 1;
    if (this.#openParts > 0) return;
    this.#resolve(
      this.#failure === undefined ? { status: 'delivered' } : { status: 'retryable', reason: this.#failure },
    );
  }
}

/** One JSON object out of a record, on its way to an object of the store. */
export interface SubRecord {
  /** What will stand in the object. */
  readonly bytes: Uint8Array;
  /** Its length as it arrived, which is what it counts for while it waits. */
  readonly inputBytes: number;
  readonly arrivalMs: number;
  readonly record: PendingRecord;
}
