/**
 * Connection state from the outcomes of each attempt to send.
 *
 * Rules:
 *  1. Any delivery means connected, at once, whatever else failed in the same attempt.
 *  2. The very first failure counts at once. A failure after a delivery counts once it is
 *     confirmed: by a failed attempt that began later, or by CONFIRM_MS without a delivery. One
 *     failure changes nothing, nor do the attempts in flight that fail with it.
 *  3. A different fault replaces the current one after two attempts in a row with that fault.
 *  4. Rejected records do not count: they may never have left this computer.
 */
import { type ConnectionFault, type ConnectionState, formatUtc, messageOf } from '@kinetrack/schema';
import type { Runtime, Timer } from '../runtime.ts';
import type { RecordOutcome, Sink } from '../sinks/sink.ts';

export interface ConnectionStatus {
  readonly state: ConnectionState;
  /** Null unless faulty. */
  readonly fault: ConnectionFault | null;
  /** The latest sentence about this fault, with the remedy; null unless faulty. */
  readonly message: string | null;
  /** UTC time of the first delivery, or of the first of the current failures. Null while unknown. */
  readonly since: string | null;
}

export interface ConnectionMonitorOptions {
  readonly runtime: Runtime;
  /** Called once for each change of state or fault, before observe() returns. */
  readonly onChange?: (status: ConnectionStatus) => void;
}

/** One attempt in flight. */
export interface Attempt {
  ended(outcomes: readonly RecordOutcome[]): void;
}

const CONFIRM_MS = 5000;

interface Problem {
  readonly fault: ConnectionFault;
  readonly message: string;
}

/** A failure that is not confirmed yet. */
interface UnconfirmedFailure extends Problem {
  readonly since: string;
  /** Attempts with this number or above can confirm it. */
  readonly confirmedBy: number;
}

export class ConnectionMonitor {
  readonly #runtime: Runtime;
  readonly #onChange: (status: ConnectionStatus) => void;
  #status: ConnectionStatus = { state: 'unknown', fault: null, message: null, since: null };
  #attempts = 0;
  #unconfirmed: UnconfirmedFailure | null = null;
  #timer: Timer | null = null;
  #isClosed: boolean = false;

  constructor({ runtime, onChange = () => {} }: ConnectionMonitorOptions) {
    this.#runtime = runtime;
    this.#onChange = onChange;
  }

  status(): ConnectionStatus {
    return this.#status;
  }

  /** Starts an attempt; pass its outcomes to ended(). */
  begin(): Attempt {
    this.#attempts += 1;
    const attempt = this.#attempts;
    return { ended: (outcomes) => this.#ended(attempt, outcomes) };
  }

  /** An attempt that starts and ends now. */
  observe(outcomes: readonly RecordOutcome[]): void {
    this.begin().ended(outcomes);
  }

  /** Stops reporting: failures during shutdown are not faults of the connection. */
  close(): void {
    this.#isClosed = true;
    this.#clearUnconfirmed();
  }

  #ended(attempt: number, outcomes: readonly RecordOutcome[]): void {
    if (this.#isClosed) return;
    if (outcomes.some(({ status }) => status === 'delivered')) {
      this.#clearUnconfirmed();
      if (this.#status.state === 'connected') return;
      this.#become({ state: 'connected', fault: null, message: null, since: this.#now() });
      return;
    }
    const problem = problemOf(outcomes);
    if (problem !== undefined) this.#failed(attempt, problem);
  }

  #failed(attempt: number, problem: Problem): void {
    const { state, fault } = this.#status;
    if (state === 'unknown') {
      this.#become({ state: 'faulty', ...problem, since: this.#now() });
    } else if (state === 'faulty' && fault === problem.fault) {
      // The same fault, maybe with another message: no change.
      this.#clearUnconfirmed();
      this.#status = { ...this.#status, message: problem.message };
    } else if (this.#unconfirmed !== null && this.#isConfirmed(this.#unconfirmed, attempt, problem)) {
      this.#confirm({ ...this.#unconfirmed, ...problem });
    } else {
      this.#awaitConfirmation(problem);
    }
  }

  #isConfirmed(unconfirmed: UnconfirmedFailure, attempt: number, { fault }: Problem): boolean {
    if (attempt < unconfirmed.confirmedBy) return false;
    return this.#status.state === 'connected' || unconfirmed.fault === fault;
  }

  #awaitConfirmation(problem: Problem): void {
    const isFirst = this.#unconfirmed === null;
    const since = this.#unconfirmed?.since ?? this.#now();
    // While faulty, a third fault starts the confirmation again.
    const confirmedBy =
      this.#unconfirmed !== null &&
      (this.#status.state === 'connected' || this.#unconfirmed.fault === problem.fault)
        ? this.#unconfirmed.confirmedBy
        : this.#attempts + 1;
    this.#unconfirmed = { ...problem, since, confirmedBy };
    if (!isFirst || this.#status.state === 'faulty') return;
    this.#timer = this.#runtime.after(CONFIRM_MS, () => {
      if (this.#unconfirmed !== null) this.#confirm(this.#unconfirmed);
    });
  }

  #confirm({ fault, message, since }: UnconfirmedFailure): void {
    this.#clearUnconfirmed();
    const began = this.#status.state === 'faulty' ? this.#status.since : since;
    this.#become({ state: 'faulty', fault, message, since: began });
  }

  #clearUnconfirmed(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#unconfirmed = null;
  }

  #become(status: ConnectionStatus): void {
    this.#status = status;
    this.#onChange(status);
  }

  #now(): string {
    return formatUtc(this.#runtime.now());
  }
}

/** The first retryable outcome with a fault; undefined if nothing is retryable. */
function problemOf(outcomes: readonly RecordOutcome[]): Problem | undefined {
  const failed = outcomes.filter((outcome) => outcome.status === 'retryable');
  const telling = failed.find(({ fault }) => fault !== undefined) ?? failed[0];
  return telling === undefined ? undefined : { fault: telling.fault ?? 'unknown', message: telling.reason };
}

/** Reports each attempt of a sink to a monitor. */
export const observedSink = (sink: Sink, monitor: ConnectionMonitor): Sink => ({
  name: sink.name,
  ...(sink.rate === undefined ? {} : { rate: sink.rate }),
  get cadenceMs() {
    return sink.cadenceMs;
  },
  async send(records) {
    const attempt = monitor.begin();
    try {
      const outcomes = await sink.send(records);
      attempt.ended(outcomes);
      return outcomes;
    } catch (error) {
      attempt.ended([{ status: 'retryable', reason: `${sink.name} failed: ${messageOf(error)}` }]);
      throw error;
    }
  },
  ...(sink.flush === undefined ? {} : { flush: () => sink.flush?.() ?? Promise.resolve() }),
  close: () => sink.close(),
});

/** Maximum length of a value in the schema. */
const MAX_LENGTH = 1024;

/** A change of the connection as the detail of a `system` event of kind `network`. */
export function networkDetail({ state, fault, message }: ConnectionStatus): Record<string, string> {
  return {
    state,
    ...(fault === null ? {} : { fault }),
    ...(message === null ? {} : { message: message.slice(0, MAX_LENGTH) }),
  };
}
