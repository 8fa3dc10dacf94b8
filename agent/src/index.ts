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
export { ActivityTracker, type TrackerEvents } from './activity-tracker.ts';
export { type Capabilities, describeCapability } from './capabilities.ts';
export * from './connection/index.ts';
export type { TrackOptions, TrackResult, TrackValues } from './custom-event.ts';
export { defaultDataDir, type Host, prepareDataDir, writeFileAtomically } from './data-dir.ts';
export type { DeadLetter, DeadLetters } from './dead-letters.ts';
export type { FlushResult } from './drain/index.ts';
export {
  PROBLEM_CODES,
  type ProblemCode,
  TrackerError,
  type TrackerProblem,
  TrackerProblemError,
  TrackValueError,
} from './errors.ts';
export type { Listener, Unsubscribe } from './listeners.ts';
export {
  createLogger,
  LOG_LEVELS,
  type LogFields,
  type Logger,
  type LoggerOptions,
  type LogLevel,
  silentLogger,
} from './logger.ts';
export type { Draft, OpenMinute } from './open-minute.ts';
export { OptionError } from './options.ts';
export {
  BILLING_STEP_BYTES,
  MAX_RECORD_BYTES,
  MAX_RECORD_EVENTS,
  type PackedRecord,
  type Packing,
  packRecords,
} from './pack/index.ts';
export { inspectQueue, listDeadLetters, openQueue, type Queue, type QueueOptions } from './queue.ts';
export { type Runtime, sleep, systemRuntime, type Timer } from './runtime.ts';
export type { AwsRequestOptions } from './sinks/aws-sink.ts';
export type { S3ClientOptions } from './sinks/file/s3-connection.ts';
export * from './sinks/index.ts';
export type { SourceFactories, SourceSetup } from './source-factories.ts';
export type { ActiveWindowSourceOptions } from './sources/active-window-source.ts';
export { type CaptureReportLine, captureReport } from './sources/capture-report.ts';
export type { InputSourceOptions } from './sources/input-source.ts';
export type { Session as DisplaySession } from './sources/native/display.ts';
export type { ForkTarget } from './sources/native/input-entry.ts';
export type {
  FrontWindow,
  SeenWindow,
  WindowChanges,
  WindowProbe,
  WindowWatch,
} from './sources/native/window-probe.ts';
export type * from './sources/signals.ts';
export type * from './sources/source.ts';
export type { AppendHandle, Lock } from './spool/disk.ts';
export type { IdRange } from './spool/id-ranges.ts';
export * from './spool/index.ts';
export type { Exec, ExecCommand, ExecOutcome } from './spool/keys/exec.ts';
export type { KeyHost } from './spool/keys/index.ts';
export type { TrackerCounts, TrackerState, TrackerStatus } from './status.ts';
export type { ActivityTrackerOptions } from './tracker-options.ts';
export { AGENT_VERSION } from './version.ts';
