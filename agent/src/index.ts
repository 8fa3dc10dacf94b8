export { ActivityTracker, type TrackerEvents } from './activity-tracker.ts';
export { type Capabilities, describeCapability } from './capabilities.ts';
export * from './connection/index.ts';
export type { TrackOptions, TrackResult, TrackValues } from './custom-event.ts';
export { defaultDataDir, prepareDataDir, writeFileAtomically } from './data-dir.ts';
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
export { createLogger, type Logger, type LoggerOptions, type LogLevel, silentLogger } from './logger.ts';
export type { Draft, OpenMinute } from './open-minute.ts';
export { type ActivityTrackerOptions, OptionError } from './options.ts';
export { BILLING_STEP_BYTES, MAX_RECORD_BYTES, MAX_RECORD_EVENTS, packRecords } from './pack/index.ts';
export { inspectQueue, listDeadLetters, openQueue, type Queue, type QueueOptions } from './queue.ts';
export { type Runtime, sleep, systemRuntime, type Timer } from './runtime.ts';
export * from './sinks/index.ts';
export type { SourceFactories, SourceSetup } from './source-factories.ts';
export { type CaptureReportLine, captureReport } from './sources/capture-report.ts';
export type * from './sources/signals.ts';
export type * from './sources/source.ts';
export * from './spool/index.ts';
export type { TrackerCounts, TrackerState, TrackerStatus } from './status.ts';
export { AGENT_VERSION } from './version.ts';
