/**
 * Whether events arrive, and why not: a state machine over the outcomes of each attempt to send.
 *
 * Rules:
 *  1. Any delivery means connected, at once, whatever else failed in the same attempt.
 *  2. The first failure ever counts at once; one after a delivery only when it is confirmed: by a second attempt
 *     that began later and failed as well, or by CONFIRM_MS without a delivery. One blip changes nothing, nor do
 *     the other attempts that were under way and that it took with it.
 *  3. Another fault takes the place of the named one after two attempts in a row that met it.
 *  4. Refused records say nothing: they may never have left this computer.
 */
import { type ConnectionFault, type ConnectionState, formatUtc, messageOf } from '@kinetrack/schema';
import type { Runtime, Timer } from '../runtime.ts';
import type { RecordOutcome, Sink } from '../sinks/sink.ts';

export interface ConnectionStatus {
  readonly state: ConnectionState;
  /** Null unless faulty. */
  readonly fault: ConnectionFault | null;
  /** One sentence with the remedy; null unless faulty. The last that was said about this fault. */
  readonly message: string | null;
  /** UTC, by the wall clock of that moment: the first delivery, or the first failure of those that followed. Null while unknown. */
  readonly since: string | null;
}

export interface ConnectionMonitorOptions {
  readonly runtime: Runtime;
  /** Called once for each change of state or fault, before observe() returns. */
  readonly onChange?: (status: ConnectionStatus) => void;
}

/** One attempt to send that is under way. */
export interface Attempt {
  ended(outcomes: readonly RecordOutcome[]): void;
}

const CONFIRM_MS = 5000;

interface Problem {
  readonly fault: ConnectionFault;
  readonly message: string;
}

/** A failure that nothing has confirmed yet. */
interface UnconfirmedFailure extends Problem {
  readonly since: string;
  /** Attempts that begin from this one on can confirm it. */
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

  /** An attempt begins; its outcomes go to ended(). */
  begin(): Attempt {
    this.#attempts += 1;
    const attempt = this.#attempts;
    return { ended: (outcomes) => this.#ended(attempt, outcomes) };
  }

  /** An attempt that began after everything that was observed before. */
  observe(outcomes: readonly RecordOutcome[]): void {
    this.begin().ended(outcomes);
  }

  /** Says nothing any more: what fails now fails because everything ends. */
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
      // The same fault again: perhaps with another message, but no change.
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
    // While faulty, another fault than the unconfirmed one begins the count anew.
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

/** Of the records that may work later, the first that says why; undefined where there is none. */
function problemOf(outcomes: readonly RecordOutcome[]): Problem | undefined {
  const failed = outcomes.filter((outcome) => outcome.status === 'retryable');
  const telling = failed.find(({ fault }) => fault !== undefined) ?? failed[0];
  return telling === undefined ? undefined : { fault: telling.fault ?? 'unknown', message: telling.reason };
}

/** Reports each attempt of a sink to a monitor. It belongs inside a retrying decorator, not around it. */
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

/** What the schema takes in one value. */
const MAX_LENGTH = 1024;

/** A change of the connection as the detail of a `system` event of kind `network`. */
export function networkDetail({ state, fault, message }: ConnectionStatus): Record<string, string> {
  return {
    state,
    ...(fault === null ? {} : { fault }),
    ...(message === null ? {} : { message: message.slice(0, MAX_LENGTH) }),
  };
}
