/** Written by `npm run docs` from schema/src/settings.ts and option-list.ts. Edit those. */
import type { Detail, KeyStore, TitleMode } from '@kinetrack/schema';
import type { DeadLetters } from './dead-letters.ts';
import type { Logger } from './logger.ts';
import type { OpenMinute } from './open-minute.ts';
import type { Runtime } from './runtime.ts';
import type { AwsCredentials, AwsCredentialsProvider } from './sinks/aws-client.ts';
import type { Sink } from './sinks/sink.ts';
import type { SourceFactories } from './sources/source.ts';
import type { Spool } from './spool/spool.ts';

export interface ActivityTrackerOptions {
  /**
   * Name of the Kinesis stream that receives the events.
   * @defaultValue none: pass either `streamName` or `sink`
   */
  readonly streamName?: string | undefined;
  /** AWS region of the stream. @defaultValue `AWS_REGION` or the AWS profile */
  readonly region?: string | undefined;
  /**
   * Address of a VPC endpoint or an emulator, with its scheme.
   * @defaultValue the region's own endpoint
   */
  readonly endpoint?: string | undefined;
  /**
   * AWS credentials for the stream, or a function that provides them.
   * @defaultValue the default credential chain of the AWS SDK
   */
  readonly credentials?: AwsCredentials | AwsCredentialsProvider | undefined;
  /**
   * Any other destination; the tracker closes it.
   * @defaultValue none: pass either `streamName` or `sink`
   */
  readonly sink?: Sink | undefined;
  /**
   * Identifier of the recorded person. 1 to 128 characters.
   * @defaultValue the user name of the operating system
   */
  readonly userId?: string | undefined;
  /**
   * `events` records single events and minute totals; `counts` records minute totals only.
   * @defaultValue events
   */
  readonly detail?: Detail | undefined;
  /**
   * Window titles: `full` keeps them, `redacted` removes numbers, addresses and paths, `off` drops
   * them.
   * @defaultValue redacted
   */
  readonly titleMode?: TitleMode | undefined;
  /**
   * Time without input before the person counts as idle. 1,000 to 3,600,000 ms.
   * @defaultValue 5,000
   */
  readonly idleThresholdMs?: number | undefined;
  /** Minimum time between two `mouse_move` events. 50 to 60,000 ms. @defaultValue 500 */
  readonly mouseMoveIntervalMs?: number | undefined;
  /**
   * Location of the queue's encryption key: `auto` uses the system keystore where available, `file`
   * a private file.
   * @defaultValue auto
   */
  readonly keyStore?: KeyStore | undefined;
  /**
   * Disk space of the queue; a full queue drops its oldest events and counts them. 2,097,152 to
   * 68,719,476,736 bytes.
   * @defaultValue 268,435,456
   */
  readonly queueMaxBytes?: number | undefined;
  /**
   * Directory of the device identity and the queue. 1 to 4,096 characters.
   * @defaultValue the platform's directory for application data
   */
  readonly dataDir?: string | undefined;
  /**
   * Maximum time an event is held for batching. 100 to 3,600,000 ms.
   * @defaultValue until the minute ends, or longer if the destination asks for it
   */
  readonly flushIntervalMs?: number | undefined;
  /** Maximum number of events in one batch. 1 to 10,000. @defaultValue 1,000 */
  readonly maxBatchRecords?: number | undefined;
  /**
   * Maximum size of a batch; a single larger event is still sent. 1,024 to 10,485,760 bytes.
   * @defaultValue 262,144
   */
  readonly maxBatchBytes?: number | undefined;
  /**
   * Maximum time `close()` waits for delivery; the rest is delivered after the next start. 0 to
   * 600,000 ms.
   * @defaultValue 5,000
   */
  readonly closeTimeoutMs?: number | undefined;
  /** Receiver of log lines; they contain no captured content. @defaultValue no logging */
  readonly logger?: Logger | undefined;
  /**
   * Replacements for the capture of this machine, by source.
   * @defaultValue this machine's keyboard, mouse and windows
   */
  readonly sources?: Partial<SourceFactories> | undefined;
  /** Clock, timers, identifiers and randomness. @defaultValue the system's */
  readonly runtime?: Runtime | undefined;
  /**
   * Queue between capture and sink; the tracker closes it.
   * @defaultValue encrypted files in `dataDir` that survive a crash
   */
  readonly spool?: Spool | undefined;
  /**
   * Store of events that the destination rejects; the tracker closes it.
   * @defaultValue encrypted files in `dataDir`; none with a `spool` of your own
   */
  readonly deadLetters?: DeadLetters | undefined;
  /**
   * Store of the unfinished minute, so that a kill does not lose it.
   * @defaultValue an encrypted file in `dataDir`; none with a `spool` of your own
   */
  readonly openMinute?: OpenMinute | undefined;
}
