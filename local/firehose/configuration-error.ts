/** A configuration that AWS would refuse or that the local Firehose cannot execute: value, rule and remedy. */
export class FirehoseConfigurationError extends Error {
  readonly code = 'invalid_firehose_configuration';
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'FirehoseConfigurationError';
  }
}
