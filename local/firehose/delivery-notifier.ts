/** Passes the keys of delivered objects to a callback, one call at a time, and repeats failed calls. */
export class DeliveryNotifier {
  #waiting: string[] = [];
  #running: Promise<void> | undefined;

  constructor(private readonly notify: ((keys: readonly string[]) => Promise<void>) | undefined) {}

  add(key: string): void {
    if (this.notify !== undefined) this.#waiting.push(key);
  }

  /** Resolves once the callback has accepted every key added before. @throws the error of the callback */
  async flush(): Promise<void> {
    while (this.#running !== undefined || this.#waiting.length > 0) {
      this.#running ??= this.#notifyAll();
      await this.#running;
    }
  }

  /** flush() without waiting. After a failure, the keys are part of the next call. */
  start(): void {
    this.flush().catch(() => {});
  }

  async #notifyAll(): Promise<void> {
    const keys = this.#waiting;
    this.#waiting = [];
    try {
      await this.notify?.(keys);
    } catch (error) {
      this.#waiting = [...keys, ...this.#waiting];
      throw error;
    } finally {
      this.#running = undefined;
    }
  }
}
