export { FirehoseConfigurationError } from './configuration-error.ts';
export { type FirehoseStatus, LocalFirehose, type LocalFirehoseOptions } from './local-firehose.ts';
