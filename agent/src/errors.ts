/** What a tracker throws and emits: every error has a `code` that a program can decide by. */

/** A call that the tracker cannot take in its state. */
export class TrackerError extends Error {
  readonly code = 'wrong_state';
  constructor(action: string, state: string, remedy: string) {
    super(`cannot ${action} a tracker that is ${state}: ${remedy}`);
    this.name = 'TrackerError';
  }
}

/** A name, value or option that `track()` refuses: the message has the value, the rule and the remedy. */
export class TrackValueError extends TypeError {
  readonly code = 'invalid_value';
  constructor(
    /** What is wrong: `name`, `values`, `values.<key>` or `options`. */
    readonly path: string,
    message: string,
  ) {
    super(message);
    this.name = 'TrackValueError';
  }
}

/**
 * - `delivery_failed`: the destination has not taken events; they stay in the queue and are sent again.
 * - `queue_failed`: the queue on the disk has refused events; they stay in memory and are stored again.
 * - `listener_failed`: a listener threw, or its promise rejected.
 */
export const PROBLEM_CODES = ['delivery_failed', 'queue_failed', 'listener_failed'] as const;
export type ProblemCode = (typeof PROBLEM_CODES)[number];

/** The last problem, as data; the event `error` carries the same as an Error. */
export interface TrackerProblem {
  /** UTC: `2026-11-20T09:10:11.123Z`. */
  readonly at: string;
  readonly code: ProblemCode;
  readonly message: string;
}

/** What the event `error` carries. `cause` is the original error, where there is one. */
export class TrackerProblemError extends Error implements TrackerProblem {
  constructor(
    readonly code: ProblemCode,
    /** UTC: `2026-11-20T09:10:11.123Z`. */
    readonly at: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'TrackerProblemError';
  }

  /** As in the status: an Error alone would lose its message in JSON. */
  toJSON(): TrackerProblem {
    return { at: this.at, code: this.code, message: this.message };
  }
}
