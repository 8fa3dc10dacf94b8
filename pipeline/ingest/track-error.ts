/** A request to `POST /track` that was refused as a whole: nothing of it is stored, and all of it may come again. */
export class TrackError extends Error {
  constructor(
    readonly status: 400 | 401 | 403 | 404 | 405 | 413 | 415 | 503,
    /** Stable and countable. */
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'TrackError';
  }
}
