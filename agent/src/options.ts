/** Checks and resolves the options of a tracker, once. */
import { userInfo } from 'node:os';
import {
  awsEndpoint,
  awsRegion,
  kinesisStreamName,
  type Setting,
  show,
  TRACKER_SETTINGS,
  type TrackerSettings,
  trackerSettings,
} from '@kinetrack/schema';
import type * as z from 'zod';
import { defaultDataDir } from './data-dir.ts';
import type { DeadLetters } from './dead-letters.ts';
import { type Logger, silentLogger } from './logger.ts';
import type { OpenMinute } from './open-minute.ts';
import { DESTINATION_OPTIONS, PART_OPTIONS, REQUIRED_METHODS, SOURCE_NAMES } from './option-list.ts';
import { type Runtime, systemRuntime } from './runtime.ts';
import type { AwsCredentials, AwsCredentialsProvider } from './sinks/aws-client.ts';
import type { Sink } from './sinks/sink.ts';
import { activeWindowSource } from './sources/active-window-source.ts';
import { inputSource } from './sources/input-source.ts';
import type { SourceFactories } from './sources/source.ts';
import type { Spool } from './spool/spool.ts';
import type { ActivityTrackerOptions } from './tracker-options.ts';

/** The destination: exactly one of the two. */
export type Destination =
  | { readonly sink: Sink }
  | {
      readonly streamName: string;
      readonly region?: string;
      readonly endpoint?: string;
      readonly credentials?: AwsCredentials | AwsCredentialsProvider;
    };

export interface ResolvedOptions extends Omit<TrackerSettings, 'userId' | 'dataDir' | 'flushIntervalMs'> {
  readonly userId: string;
  readonly dataDir: string;
  /** Null: the cadence of the destination. */
  readonly flushIntervalMs: number | null;
  readonly destination: Destination;
  readonly runtime: Runtime;
  readonly sources: SourceFactories;
  readonly spool: Spool | null;
  readonly deadLetters: DeadLetters | null;
  readonly openMinute: OpenMinute | null;
  readonly logger: Logger;
}

/** An invalid option. The message has the value, the rule and the remedy. */
export class OptionError extends Error {
  readonly code = 'invalid_option';
  constructor(
    /** Name of the option; `options` for all of them. */
    readonly option: string,
    message: string,
  ) {
    super(message);
    this.name = 'OptionError';
  }
}

const NAMES: readonly string[] = [
  ...Object.keys(DESTINATION_OPTIONS),
  ...TRACKER_SETTINGS.map(({ name }) => name),
  ...Object.keys(PART_OPTIONS),
];

/** Throws OptionError. JavaScript callers may pass anything, so types are checked at run time. */
export function resolveOptions(options: ActivityTrackerOptions | undefined): ResolvedOptions {
  const given = options ?? {};
  if (options === null || typeof given !== 'object' || Array.isArray(given)) {
    throw new OptionError(
      'options',
      `options is ${show(options)}: must be an object; pass { streamName: 'my-stream' } for Kinesis, or { sink }`,
    );
  }
  for (const name of Object.keys(given)) {
    if (!NAMES.includes(name)) {
      throw new OptionError(
        name,
        `${name} is not an option of ActivityTracker; known are ${NAMES.join(', ')}; correct or remove it`,
      );
    }
  }
  for (const name of PARTS) requireMethods(name, given[name]);
  const { userId, dataDir, flushIntervalMs, ...settings } = settingsOf(given);
  return {
    ...settings,
    destination: destinationOf(given),
    userId: userId ?? systemUser(),
    dataDir: dataDir ?? defaultDataDir(),
    flushIntervalMs: flushIntervalMs ?? null,
    runtime: given.runtime ?? systemRuntime,
    sources: sourcesOf(given.sources),
    spool: given.spool ?? null,
    deadLetters: given.deadLetters ?? null,
    openMinute: given.openMinute ?? null,
    logger: given.logger ?? silentLogger,
  };
}

function settingsOf(options: ActivityTrackerOptions): TrackerSettings {
  // The compiler checks the generated interface against the schema here.
  const settings: z.input<typeof trackerSettings> = options;
  const result = trackerSettings.safeParse(settings);
  if (result.success) return result.data;
  const name = result.error.issues[0]?.path[0];
  const setting = TRACKER_SETTINGS.find((each) => each.name === name);
  if (setting === undefined) throw new OptionError('options', result.error.message);
  throw new OptionError(
    setting.name,
    `${setting.name} is ${show(Reflect.get(options, setting.name))}: ${setting.rule}; ${remedyOf(setting)}`,
  );
}

const remedyOf = ({ limits, remedy }: Setting): string =>
  limits.kind === 'choice' ? `choose one of them, or ${remedy}` : remedy;

function destinationOf(options: ActivityTrackerOptions): Destination {
  const { streamName, region, endpoint, credentials, sink } = options;
  if (streamName !== undefined && sink !== undefined) {
    throw new OptionError(
      'sink',
      `streamName is ${show(streamName)} and sink is ${show(nameOf(sink))}: events go to exactly one destination; pass only one`,
    );
  }
  if (sink !== undefined) {
    const extra = (['region', 'endpoint', 'credentials'] as const).find(
      (name) => options[name] !== undefined,
    );
    if (extra === undefined) return { sink: checkedSink(sink) };
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
    streamName: checked('streamName', kinesisStreamName, streamName),
    ...(region === undefined ? {} : { region: checked('region', awsRegion, region) }),
    ...(endpoint === undefined ? {} : { endpoint: checked('endpoint', awsEndpoint, endpoint) }),
    ...(credentials === undefined ? {} : { credentials: checkedCredentials(credentials) }),
  };
}

/** Checks a string option with its schema. */
function checked(
  name: keyof typeof DESTINATION_OPTIONS,
  schema: typeof kinesisStreamName,
  value: unknown,
): string {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const rule = typeof value === 'string' ? result.error.issues[0]?.message : 'must be a string';
  const { otherwise } = DESTINATION_OPTIONS[name];
  const remedy = name === 'streamName' ? 'correct it, or pass a sink' : `leave it out for ${otherwise}`;
  throw new OptionError(name, `${name} is ${show(value)}: ${rule}; ${remedy}`);
}

const PARTS = ['sink', 'runtime', 'spool', 'deadLetters', 'openMinute', 'logger'] as const;

function requireMethods(name: (typeof PARTS)[number], value: unknown): void {
  if (value === undefined) return;
  const methods = Object.keys(REQUIRED_METHODS[name]);
  if (typeof value !== 'object' || value === null) {
    throw new OptionError(
      name,
      `${name} is ${show(value)}: must be an object with the methods ${methods.join(', ')}; ${remedyOfPart(name)}`,
    );
  }
  const missing = methods.filter((method) => typeof Reflect.get(value, method) !== 'function');
  if (missing.length === 0) return;
  const plural = missing.length === 1 ? 'the method' : 'the methods';
  throw new OptionError(
    name,
    `${name} is an object without ${plural} ${missing.join(', ')}: must have ${methods.join(', ')}; ${remedyOfPart(name)}`,
  );
}

const remedyOfPart = (name: (typeof PARTS)[number]): string =>
  name === 'sink'
    ? 'add them, use a sink of this package such as httpSink(), or pass streamName for Kinesis'
    : `add them, or leave it out for ${PART_OPTIONS[name].otherwise}`;

/** The other fields of a sink that the tracker reads. */
function checkedSink(sink: Sink): Sink {
  const { name, rate, cadenceMs, flush }: Partial<Record<keyof Sink, unknown>> = sink;
  const refuse = (field: string, value: unknown, rule: string): never => {
    throw new OptionError('sink', `sink.${field} is ${show(value)}: ${rule}; correct it`);
  };
  if (typeof name !== 'string' || name === '') refuse('name', name, 'must be a string that is not empty');
  if (flush !== undefined && typeof flush !== 'function')
    refuse('flush', flush, 'must be a function or missing');
  if (cadenceMs !== undefined && !isPositive(cadenceMs)) {
    refuse('cadenceMs', cadenceMs, 'must be a number above 0, or missing');
  }
  if (rate !== undefined && !isRate(rate)) {
    refuse(
      'rate',
      rate,
      'must be an object with bytesPerSecond and recordsPerSecond, each above 0, or missing',
    );
  }
  return sink;
}

const isPositive = (value: unknown): boolean => typeof value === 'number' && value > 0;
const isRate = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  isPositive(Reflect.get(value, 'bytesPerSecond')) &&
  isPositive(Reflect.get(value, 'recordsPerSecond'));

/** The sources of this machine. */
const systemSources: SourceFactories = {
  input: ({ runtime, detail, mouseMoveIntervalMs }) => inputSource({ runtime, detail, mouseMoveIntervalMs }),
  activeWindow: ({ runtime }) => activeWindowSource({ runtime }),
};

function sourcesOf(given: unknown): SourceFactories {
  if (given === undefined) return systemSources;
  const names = Object.keys(SOURCE_NAMES);
  const remedy = `leave it out for ${PART_OPTIONS.sources.otherwise}`;
  if (typeof given !== 'object' || given === null) {
    throw new OptionError('sources', `sources is ${show(given)}: must be an object; ${remedy}`);
  }
  for (const [name, factory] of Object.entries(given)) {
    if (!names.includes(name)) {
      throw new OptionError(
        'sources',
        `sources.${name} is not a source; known are ${names.join(', ')}; correct or remove it`,
      );
    }
    if (factory !== undefined && typeof factory !== 'function') {
      throw new OptionError(
        'sources',
        `sources.${name} is ${show(factory)}: must be a function that returns a source; ${remedy}`,
      );
    }
  }
  return { ...systemSources, ...withoutUndefined(given) };
}

/** No message contains any part of the credentials. */
function checkedCredentials(
  credentials: AwsCredentials | AwsCredentialsProvider,
): AwsCredentials | AwsCredentialsProvider {
  if (typeof credentials === 'function') return credentials;
  const refuse = (found: string): never => {
    throw new OptionError(
      'credentials',
      `credentials is ${found}: must be an object with accessKeyId and secretAccessKey, or a function that returns a promise of one; leave it out for ${DESTINATION_OPTIONS.credentials.otherwise}`,
    );
  };
  const given: unknown = credentials;
  if (typeof given !== 'object' || given === null) return refuse(kindOf(given));
  const { accessKeyId, secretAccessKey, sessionToken }: Partial<Record<keyof AwsCredentials, unknown>> =
    credentials;
  const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
  const wrong = [
    ...(isText(accessKeyId) ? [] : ['accessKeyId']),
    ...(isText(secretAccessKey) ? [] : ['secretAccessKey']),
    ...(sessionToken === undefined || isText(sessionToken) ? [] : ['sessionToken']),
  ];
  return wrong.length === 0 ? credentials : refuse(`an object without a usable ${wrong.join(' and ')}`);
}

/** Throws if the user has a numeric ID only, as in some containers. */
function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    throw new OptionError(
      'userId',
      'userId is not given and the operating system has no name for this user: must be a string; pass userId',
    );
  }
}

const withoutUndefined = (value: object): object =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined));

const nameOf = (sink: unknown): unknown =>
  typeof sink === 'object' && sink !== null ? Reflect.get(sink, 'name') : sink;

const kindOf = (value: unknown): string => (value === null ? 'null' : `a ${typeof value}`);
