export {
  type AwsClientConfig,
  type AwsClientOptions,
  type AwsCredentials,
  type AwsCredentialsProvider,
  awsClientConfig,
} from './aws-client.ts';
export {
  type FileSink,
  type FileSinkOptions,
  fileSink,
  type UploadOptions,
} from './file/file-sink.ts';
export type { ShippingError } from './file/shipper.ts';
export { type FirehoseSinkOptions, firehoseSink } from './firehose-sink.ts';
export type { HttpSinkOptions } from './http-sink.ts';
export { httpSink } from './http-sink.ts';
export { type InProcessSinkOptions, inProcessSink } from './in-process-sink.ts';
export { type KinesisSinkOptions, kinesisSink } from './kinesis-sink.ts';
export {
  type RecordOutcome,
  type RejectionCode,
  SHARED_CADENCE_MS,
  type Sink,
  SinkError,
  type SinkRate,
} from './sink.ts';
