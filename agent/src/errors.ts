/** Errors that a tracker throws or emits. Each has a `code` for programs. */

/** A call that is not allowed in the current state. */
export class TrackerError extends Error {
  readonly code = 'wrong_state';
  constructor(action: string, state: string, remedy: string) {
    super(`cannot ${action} a tracker that is ${state}: ${remedy}`);
    this.name = 'TrackerError';
  }
}

/** An invalid name, value or option of `track()`. The message has the value, the rule and the remedy. */
export class TrackValueError extends TypeError {
  readonly code = 'invalid_value';
  constructor(
    /** The invalid part: `name`, `values`, `values.<key>` or `options`. */
    readonly path: string,
    message: string,
  ) {
    super(message);
    this.name = 'TrackValueError';
  }
}

/**
 * - `delivery_failed`: the destination did not accept events; they stay in the queue and are retried.
 * - `queue_failed`: the queue on disk did not accept events; they stay in memory and are retried.
 * - `listener_failed`: a listener threw, or its promise rejected.
 */
export const PROBLEM_CODES = ['delivery_failed', 'queue_failed', 'listener_failed'] as const;
export type ProblemCode = (typeof PROBLEM_CODES)[number];

/** The last problem, as data. The event `error` carries it as an Error. */
export interface TrackerProblem {
  /** UTC: `2026-11-20T09:10:11.123Z`. */
  readonly at: string;
  readonly code: ProblemCode;
  readonly message: string;
}

/** Payload of the event `error`. `cause` is the original error, if there is one. */
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

  /** As in the status. A plain Error has no message in JSON. */
  toJSON(): TrackerProblem {
    return { at: this.at, code: this.code, message: this.message };
  }
}
