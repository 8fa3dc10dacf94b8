// biome-ignore-all assist/source/organizeImports: the exports are grouped by topic

// The tracker, its options and what it reports
export { ActivityTracker, type TrackerEvents } from './activity-tracker.ts';
export type { TrackOptions, TrackResult, TrackValues } from './custom-event.ts';
export type { FlushResult } from './drain/drain.ts';
export type { Listener, Unsubscribe } from './listeners.ts';
export { OptionError } from './options.ts';
export type { TrackerCounts, TrackerState, TrackerStatus } from './status.ts';
export type { ActivityTrackerOptions } from './tracker-options.ts';
export { AGENT_VERSION } from './version.ts';

// Errors of a tracker
export {
  PROBLEM_CODES,
  type ProblemCode,
  TrackerError,
  type TrackerProblem,
  TrackerProblemError,
  TrackValueError,
} from './errors.ts';

// Events, as @kinetrack/schema defines them
export type {
  ActivityBody,
  ActivityEvent,
  ActivityType,
  ConnectionFault,
  ConnectionState,
  Detail,
  DropReason,
  EventOf,
  KeyStore,
  TitleMode,
} from '@kinetrack/schema';

// Destinations: the port, its adapters and packing for sinks of your own
export {
  BILLING_STEP_BYTES,
  MAX_RECORD_BYTES,
  MAX_RECORD_EVENTS,
  type PackedRecord,
  type Packing,
  packRecords,
} from './pack.ts';
export type { AwsRequestOptions } from './sinks/aws-sink.ts';
export type { S3ClientOptions } from './sinks/file/s3-connection.ts';
export * from './sinks/index.ts';

// Connection: diagnosis of failed deliveries
export * from './connection/index.ts';

// Capture: sources of your own and what this machine can capture
export { type Capabilities, describeCapability } from './capabilities.ts';
export {
  type CaptureReportLine,
  type CaptureReportOptions,
  captureReport,
} from './sources/capture-report.ts';
export type { DisplaySession } from './sources/native/display.ts';
export type * from './sources/signals.ts';
export type * from './sources/source.ts';

// The durable queue: spool, dead letters, the open minute and their keys
export { defaultDataDir, type Host, prepareDataDir, writeFileAtomically } from './data-dir.ts';
export type { DeadLetter, DeadLetters } from './dead-letters.ts';
export type { Draft, OpenMinute } from './open-minute.ts';
export { inspectQueue, listDeadLetters, openQueue, type Queue, type QueueOptions } from './queue.ts';
export type { AppendHandle, Lock } from './spool/disk.ts';
export type { IdRange } from './spool/id-ranges.ts';
export * from './spool/index.ts';
export type { Exec, ExecCommand, ExecOutcome } from './spool/keys/exec.ts';
export type { KeyHost } from './spool/keys/index.ts';

// Logs and the runtime that is injected everywhere
export {
  createLogger,
  LOG_LEVELS,
  type LogFields,
  type Logger,
  type LoggerOptions,
  type LogLevel,
  silentLogger,
} from './logger.ts';
export { type Runtime, sleep, systemRuntime, type Timer } from './runtime.ts';
