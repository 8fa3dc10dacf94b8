/** Everything that can be configured: documented, checked and resolved here, once. */
import { userInfo } from 'node:os';
import {
  DETAILS,
  type Detail,
  KEY_STORES,
  type KeyStore,
  TITLE_MODES,
  type TitleMode,
} from '@kinetrack/schema';
import { defaultDataDir } from './data-dir.ts';
import type { DeadLetters } from './dead-letters.ts';
import { DEFAULT_FLUSH_INTERVAL_MS } from './drain/cadence.ts';
import { type Logger, silentLogger } from './logger.ts';
import type { OpenMinute } from './open-minute.ts';
import { type Runtime, systemRuntime } from './runtime.ts';
import type { Sink } from './sinks/sink.ts';
import { realSources, type SourceFactories } from './source-factories.ts';
import { DEFAULT_MAX_BYTES } from './spool/segment-spool.ts';
import type { Spool } from './spool/spool.ts';

export interface ActivityTrackerOptions {
  /** The Kinesis stream that events go to. @defaultValue none: give this or `sink`, one of the two */
  readonly streamName?: string;
  /** AWS region of the stream. @defaultValue AWS_REGION or the region of the shared configuration file */
  readonly region?: string;
  /** Another address than AWS's, for an emulator or a VPC endpoint. @defaultValue the region's endpoint */
  readonly endpoint?: string;
  /** Any other destination; the tracker closes it. @defaultValue none: give this or `streamName`, one of the two */
  readonly sink?: Sink;
  /** Folder of the installation's identity and its queue. @defaultValue the platform's folder for program data */
  readonly dataDir?: string;
  /** Who is recorded, at most 128 characters. @defaultValue the operating system's user name */
  readonly userId?: string;
  /** `events`: single events as well; `counts`: only the packed minute. @defaultValue `events` */
  readonly detail?: Detail;
  /** How much of a window title is kept: `full`, `redacted` or `off`. @defaultValue `redacted` */
  readonly titleMode?: TitleMode;
  /** Silence shorter than this is no idle, 1,000 to 3,600,000. @defaultValue 5000 */
  readonly idleThresholdMs?: number;
  /** Mouse moves are single events at most this often, 50 to 60,000. @defaultValue 500 */
  readonly mouseMoveIntervalMs?: number;
  /** Longest time that an event waits for company before it is sent, 100 to 3,600,000. @defaultValue 60,000: with the minute that is closed then; longer where the destination asks for it */
  readonly flushIntervalMs?: number;
  /** Events handed to the sink at once, 1 to 10,000. @defaultValue 1000 */
  readonly maxBatchRecords?: number;
  /** Bytes handed to the sink at once, 1,024 to 10,485,760; a single larger event still goes. @defaultValue 262,144 */
  readonly maxBatchBytes?: number;
  /** How long close() tries to deliver what is left, 0 to 600,000; the rest stays for the next start. @defaultValue 5000 */
  readonly closeTimeoutMs?: number;
  /** Clock, timers, identities, randomness. @defaultValue the system's */
  readonly runtime?: Runtime;
  /** What replaces the capture of this machine, by source. @defaultValue the machine's own keyboard, mouse and windows */
  readonly sources?: Partial<SourceFactories>;
  /** Disk space of the queue, 2 MiB to 64 GiB; above it the oldest events go, counted. @defaultValue 256 MiB */
  readonly queueMaxBytes?: number;
  /** Where the key of the queue is kept: `auto`, the system's keystore where there is one, or `file`. @defaultValue `auto` */
  readonly keyStore?: KeyStore;
  /** The queue between capture and sink; the tracker closes it. @defaultValue encrypted files in `dataDir` that survive a crash */
  readonly spool?: Spool;
  /** Takes what the destination refuses for good; the tracker closes it. @defaultValue encrypted files in `dataDir`; none beside a `spool` of your own */
  readonly deadLetters?: DeadLetters;
  /** Keeps the minute that is being counted through a kill. @defaultValue an encrypted file in `dataDir`; none beside a `spool` of your own */
  readonly openMinute?: OpenMinute;
  /** Takes log lines; they never hold anything captured. @defaultValue no logging */
  readonly logger?: Logger;
}

/** Where events go: exactly one of the two. */
export type Destination =
  | { readonly sink: Sink }
  | { readonly streamName: string; readonly region?: string; readonly endpoint?: string };

export interface ResolvedOptions
  extends Required<
    Omit<
      ActivityTrackerOptions,
      | 'streamName'
      | 'region'
      | 'endpoint'
      | 'sink'
      | 'flushIntervalMs'
      | 'spool'
      | 'deadLetters'
      | 'openMinute'
    >
  > {
  readonly destination: Destination;
  readonly sources: SourceFactories;
  /** Null: as the destination asks for it. */
  readonly flushIntervalMs: number | null;
  readonly spool: Spool | null;
  readonly deadLetters: DeadLetters | null;
  readonly openMinute: OpenMinute | null;
}

export class OptionError extends TypeError {
  readonly code = 'invalid_option';
  constructor(
    readonly option: string,
    message: string,
  ) {
    super(message);
    this.name = 'OptionError';
  }
}

const MIB = 1024 * 1024;
const RANGES = {
  idleThresholdMs: { min: 1000, max: 3_600_000, default: 5000 },
  mouseMoveIntervalMs: { min: 50, max: 60_000, default: 500 },
  flushIntervalMs: { min: 100, max: 3_600_000, default: DEFAULT_FLUSH_INTERVAL_MS },
  maxBatchRecords: { min: 1, max: 10_000, default: 1000 },
  maxBatchBytes: { min: 1024, max: 10 * 1024 * 1024, default: 256 * 1024 },
  closeTimeoutMs: { min: 0, max: 600_000, default: 5000 },
  queueMaxBytes: { min: 2 * MIB, max: 65_536 * MIB, default: DEFAULT_MAX_BYTES },
} as const;

const NAMES: Readonly<Record<keyof ActivityTrackerOptions, true>> = {
  streamName: true,
  region: true,
  endpoint: true,
  sink: true,
  dataDir: true,
  userId: true,
  detail: true,
  titleMode: true,
  idleThresholdMs: true,
  mouseMoveIntervalMs: true,
  flushIntervalMs: true,
  maxBatchRecords: true,
  maxBatchBytes: true,
  closeTimeoutMs: true,
  queueMaxBytes: true,
  keyStore: true,
  runtime: true,
  sources: true,
  spool: true,
  deadLetters: true,
  openMinute: true,
  logger: true,
};

/** Throws OptionError with the value, the rule and the remedy. */
export function resolveOptions(options: ActivityTrackerOptions): ResolvedOptions {
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(NAMES, name)) {
      throw new OptionError(
        name,
        `${name} is not an option of ActivityTracker; known are ${Object.keys(NAMES).join(', ')}`,
      );
    }
  }
  return {
    destination: destinationOf(options),
    dataDir: text('dataDir', options.dataDir ?? defaultDataDir(), 4096),
    userId: text('userId', options.userId ?? userInfo().username, 128),
    detail: oneOf('detail', options.detail ?? 'events', DETAILS),
    titleMode: oneOf('titleMode', options.titleMode ?? 'redacted', TITLE_MODES),
    idleThresholdMs: inRange('idleThresholdMs', options.idleThresholdMs),
    mouseMoveIntervalMs: inRange('mouseMoveIntervalMs', options.mouseMoveIntervalMs),
    flushIntervalMs:
      options.flushIntervalMs === undefined ? null : inRange('flushIntervalMs', options.flushIntervalMs),
    maxBatchRecords: inRange('maxBatchRecords', options.maxBatchRecords),
    maxBatchBytes: inRange('maxBatchBytes', options.maxBatchBytes),
    closeTimeoutMs: inRange('closeTimeoutMs', options.closeTimeoutMs),
    queueMaxBytes: inRange('queueMaxBytes', options.queueMaxBytes),
    keyStore: oneOf('keyStore', options.keyStore ?? 'auto', KEY_STORES),
    runtime: options.runtime ?? systemRuntime,
    sources: { ...realSources, ...options.sources },
    spool: options.spool ?? null,
    deadLetters: options.deadLetters ?? null,
    openMinute: options.openMinute ?? null,
    logger: options.logger ?? silentLogger,
  };
}

function destinationOf({ streamName, region, endpoint, sink }: ActivityTrackerOptions): Destination {
  if (streamName !== undefined && sink !== undefined) {
    throw new OptionError(
      'sink',
      `streamName is ${show(streamName)} and sink is ${show(sink.name)}: events go to exactly one destination; give one of the two`,
    );
  }
  if (sink !== undefined) {
    const extra = region === undefined ? (endpoint === undefined ? null : 'endpoint') : 'region';
    if (extra === null) return { sink };
    throw new OptionError(
      extra,
      `${extra} is given together with sink: it belongs to streamName; leave it out or set it on the sink`,
    );
  }
  if (streamName === undefined) {
    throw new OptionError(
      'streamName',
      "no destination is given: events go to exactly one; give streamName: 'my-stream' for Kinesis, or a sink",
    );
  }
  return {
    streamName: text('streamName', streamName, 128),
    ...(region === undefined ? {} : { region: text('region', region, 64) }),
    ...(endpoint === undefined ? {} : { endpoint: text('endpoint', endpoint, 2048) }),
  };
}

function text(name: keyof ActivityTrackerOptions, value: unknown, maxLength: number): string {
  if (typeof value === 'string' && value !== '' && value.length <= maxLength) return value;
  throw new OptionError(name, `${name} is ${show(value)}: must be a text of 1 to ${maxLength} characters`);
}

function oneOf<T extends string>(name: keyof ActivityTrackerOptions, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value;
  const choices = allowed.map((choice) => show(choice)).join(', ');
  throw new OptionError(name, `${name} is ${show(value)}: must be one of ${choices}; choose one of them`);
}

function inRange(name: keyof typeof RANGES, value: number | undefined): number {
  const { min, max, default: standard } = RANGES[name];
  if (value === undefined) return standard;
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new OptionError(
    name,
    `${name} is ${show(value)}: must be a whole number from ${min} to ${max}; leave it out for ${standard}`,
  );
}

function show(value: unknown): string {
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return shown.length > 80 ? `${shown.slice(0, 77)}...` : shown;
}
