/**
 * The options of ActivityTracker other than its settings: destinations and replaceable parts, with
 * their required methods. Their checks, tracker-options.ts and docs/configuration.md derive from
 * this list.
 */
import type { DeadLetters } from './dead-letters.ts';
import type { Logger } from './logger.ts';
import type { OpenMinute } from './open-minute.ts';
import type { Runtime } from './runtime.ts';
import type { Sink } from './sinks/sink.ts';
import type { SourceFactories } from './sources/source.ts';
import type { Spool } from './spool/spool.ts';

export interface OptionNote {
  /** The type in TypeScript. */
  readonly type: string;
  /** Imported names of the type, by module. */
  readonly imports?: Readonly<Record<string, string>>;
  /** One sentence. */
  readonly description: string;
  /** What applies without the option. */
  readonly otherwise: string;
}

/** Where events go. */
export const DESTINATION_OPTIONS = {
  streamName: {
    type: 'string',
    description: 'Name of the Kinesis stream that receives the events.',
    otherwise: 'none: pass either `streamName` or `sink`',
  },
  region: {
    type: 'string',
    description: 'AWS region of the stream.',
    otherwise: '`AWS_REGION` or the AWS profile',
  },
  endpoint: {
    type: 'string',
    description: 'Address of a VPC endpoint or an emulator, with its scheme.',
    otherwise: "the region's own endpoint",
  },
  credentials: {
    type: 'AwsCredentials | AwsCredentialsProvider',
    imports: { './sinks/aws-client.ts': 'AwsCredentials, AwsCredentialsProvider' },
    description: 'AWS credentials for the stream, or a function that provides them.',
    otherwise: 'the default credential chain of the AWS SDK',
  },
  sink: {
    type: 'Sink',
    imports: { './sinks/sink.ts': 'Sink' },
    description: 'Any other destination; the tracker closes it.',
    otherwise: 'none: pass either `streamName` or `sink`',
  },
} as const satisfies Record<string, OptionNote>;

/** Replaceable parts of the tracker. */
export const PART_OPTIONS = {
  logger: {
    type: 'Logger',
    imports: { './logger.ts': 'Logger' },
    description: 'Receiver of log lines; they contain no captured content.',
    otherwise: 'no logging',
  },
  sources: {
    type: 'Partial<SourceFactories>',
    imports: { './sources/source.ts': 'SourceFactories' },
    description: 'Replacements for the capture of this machine, by source.',
    otherwise: "this machine's keyboard, mouse and windows",
  },
  runtime: {
    type: 'Runtime',
    imports: { './runtime.ts': 'Runtime' },
    description: 'Clock, timers, identifiers and randomness.',
    otherwise: "the system's",
  },
  spool: {
    type: 'Spool',
    imports: { './spool/spool.ts': 'Spool' },
    description: 'Queue between capture and sink; the tracker closes it.',
    otherwise: 'encrypted files in `dataDir` that survive a crash',
  },
  deadLetters: {
    type: 'DeadLetters',
    imports: { './dead-letters.ts': 'DeadLetters' },
    description: 'Store of events that the destination rejects; the tracker closes it.',
    otherwise: 'encrypted files in `dataDir`; none with a `spool` of your own',
  },
  openMinute: {
    type: 'OpenMinute',
    imports: { './open-minute.ts': 'OpenMinute' },
    description: 'Store of the unfinished minute, so that a kill does not lose it.',
    otherwise: 'an encrypted file in `dataDir`; none with a `spool` of your own',
  },
} as const satisfies Record<string, OptionNote>;

/** Every required method. The compiler rejects a list without one of them. */
type MethodsOf<T> = {
  readonly [Name in keyof T as T[Name] extends (...args: never[]) => unknown ? Name : never]: true;
};

/** Methods that the tracker calls. */
export const REQUIRED_METHODS = {
  sink: { send: true, close: true } satisfies MethodsOf<Sink>,
  logger: { debug: true, info: true, warn: true, error: true } satisfies MethodsOf<Logger>,
  runtime: {
    now: true,
    monotonic: true,
    after: true,
    every: true,
    uuid: true,
    random: true,
    utcOffsetMin: true,
    timeZone: true,
  } satisfies MethodsOf<Runtime>,
  spool: {
    append: true,
    skip: true,
    read: true,
    ack: true,
    drop: true,
    losses: true,
    lossesReported: true,
    status: true,
    close: true,
  } satisfies MethodsOf<Spool>,
  deadLetters: { keep: true, close: true } satisfies MethodsOf<DeadLetters>,
  openMinute: { write: true, clear: true, recover: true } satisfies MethodsOf<OpenMinute>,
} as const;

export const SOURCE_NAMES = { input: true, activeWindow: true } as const satisfies Record<
  keyof SourceFactories,
  true
>;
