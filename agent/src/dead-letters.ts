/** Events that the destination refuses for good, kept for a look with the reason. */

export interface DeadLetter {
  readonly seq: number;
  readonly code: string;
  /** One sentence, nothing captured. */
  readonly reason: string;
  /** The event, one line of JSON. */
  readonly line: string;
}

export interface DeadLetters {
  /** Resolves once they are durable. */
  keep(letters: readonly DeadLetter[]): Promise<void>;
  readonly count: number;
  close(): Promise<void>;
}
