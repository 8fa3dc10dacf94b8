/** The sink that the configuration asks for. */
import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import {
  fileSink,
  firehoseSink,
  httpSink,
  kinesisSink,
  type Runtime,
  type Sink,
  SinkError,
} from '@kinetrack/agent';
import type { DestinationConfig } from '@kinetrack/schema';
import { messageOf } from '@kinetrack/schema';
import { CONFIG_FILE, ConfigError } from './config-file.ts';

export type RemoteDestination = Exclude<DestinationConfig, { kind: 'local' }>;

const TOKEN_VARIABLE = 'KINETRACK_DEVICE_TOKEN';

export interface DestinationContext {
  /** Relative paths of the configuration begin here. */
  readonly dataDir: string;
  readonly runtime: Runtime;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface OpenDestination {
  readonly sink: Sink;
  /** What fails behind the sink, where send() does not see it; null where nothing does. */
  readonly problem: () => string | null;
}

const nothingBehind = (sink: Sink): OpenDestination => ({ sink, problem: () => null });

/** Throws ConfigError with the file, the field, the value, the rule and the remedy. */
export function openRemote(destination: RemoteDestination, context: DestinationContext): OpenDestination {
  try {
    return openSink(destination, context);
  } catch (error) {
    if (!(error instanceof SinkError)) throw error;
    // A sink knows its options and not their source: `token is ...`, `url is ...`.
    const isAboutToken = destination.kind === 'http' && error.message.startsWith('token ');
    const source = isAboutToken
      ? `${sourceOfToken(destination.token_file, context)}: `
      : `${fileOf(context)}: destination.`;
    throw new ConfigError(`${source}${error.message}.`, { cause: error });
  }
}

const sourceOfToken = (tokenFile: string | undefined, { dataDir }: DestinationContext): string =>
  tokenFile === undefined
    ? `the variable ${TOKEN_VARIABLE}`
    : `${within(dataDir, tokenFile)} (destination.token_file)`;

const fileOf = ({ dataDir }: DestinationContext): string => join(dataDir, CONFIG_FILE);

function openSink(destination: RemoteDestination, context: DestinationContext): OpenDestination {
  switch (destination.kind) {
    case 'kinesis':
      return nothingBehind(kinesisSink({ streamName: destination.stream_name, ...placeOf(destination) }));
    case 'firehose':
      return nothingBehind(
        firehoseSink({ deliveryStreamName: destination.delivery_stream_name, ...placeOf(destination) }),
      );
    case 'http':
      return nothingBehind(
        httpSink({
          url: destination.url,
          token: deviceToken(destination.token_file, context),
          runtime: context.runtime,
        }),
      );
    case 'file': {
      const { upload } = destination;
      const sink = fileSink({
        dir: within(context.dataDir, destination.dir),
        runtime: context.runtime,
        ...(upload === undefined ? {} : { upload: uploadOf(upload) }),
      });
      return { sink, problem: () => sink.lastError?.reason ?? null };
    }
  }
}

function uploadOf(upload: NonNullable<Extract<RemoteDestination, { kind: 'file' }>['upload']>) {
  const { bucket, prefix } = upload;
  return { bucket, ...placeOf(upload), ...(prefix === undefined ? {} : { prefix }) };
}

function placeOf(place: { readonly region?: string | undefined; readonly endpoint?: string | undefined }) {
  return {
    ...(place.region === undefined ? {} : { region: place.region }),
    ...(place.endpoint === undefined ? {} : { endpoint: place.endpoint }),
  };
}

function deviceToken(tokenFile: string | undefined, context: DestinationContext): string {
  const { dataDir, env } = context;
  if (tokenFile === undefined) {
    const token = env[TOKEN_VARIABLE];
    if (token !== undefined && token !== '') return token;
    throw new ConfigError(
      `${fileOf(context)}: destination.token_file is not set and the variable ${TOKEN_VARIABLE} is empty. An HTTP destination requires a device token: set one of them.`,
    );
  }
  const path = within(dataDir, tokenFile);
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new ConfigError(
      `${fileOf(context)}: destination.token_file ${path} cannot be read: ${messageOf(error)}. Save the device token in this file.`,
      { cause: error },
    );
  }
}

const within = (dataDir: string, path: string): string => (isAbsolute(path) ? path : join(dataDir, path));
