import type { FailureCause } from '../input-message.ts';

/** Why input cannot be taken from an X server. The message is for developers: it may quote the server. */
export class XError extends Error {
  readonly code: Extract<FailureCause, 'no_display' | 'no_record'>;

  constructor(code: XError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'XError';
    this.code = code;
  }
}
