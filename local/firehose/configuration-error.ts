/** AWS would reject this configuration, or the local Firehose cannot execute it. */
export class FirehoseConfigurationError extends Error {
  readonly code = 'invalid_firehose_configuration';
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'FirehoseConfigurationError';
  }
}
