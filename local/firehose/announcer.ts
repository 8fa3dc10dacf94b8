/** Tells about delivered keys, one call at a time, until the call has succeeded. */
export class Announcer {
  #untold: string[] = [];
  #telling: Promise<void> | undefined;

  constructor(private readonly tell: ((keys: readonly string[]) => Promise<void>) | undefined) {}

  add(key: string): void {
    if (this.tell !== undefined) this.#untold.push(key);
  }

  /** Resolves once every key that was added before is told. @throws what the call rejected with */
  async announced(): Promise<void> {
    while (this.#telling !== undefined || this.#untold.length > 0) {
      this.#telling ??= this.#tellAll();
      await this.#telling;
    }
  }

  /** The same without waiting: a failure keeps the keys for the next time. */
  announce(): void {
    this.announced().catch(() => {});
  }

  async #tellAll(): Promise<void> {
    const keys = this.#untold;
    this.#untold = [];
    try {
      await this.tell?.(keys);
    } catch (error) {
      this.#untold = [...keys, ...this.#untold];
      throw error;
    } finally {
      this.#telling = undefined;
    }
  }
}
