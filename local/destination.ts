/** Opens the sink of the configured destination. */
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
  /** Base of relative paths in the configuration. */
  readonly dataDir: string;
  readonly runtime: Runtime;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface OpenDestination {
  readonly sink: Sink;
  /** Error of work after send(), such as an upload; null if there is none. */
  readonly problem: () => string | null;
}

const withoutProblem = (sink: Sink): OpenDestination => ({ sink, problem: () => null });

/** @throws ConfigError with the file and the field */
export function openRemote(destination: RemoteDestination, context: DestinationContext): OpenDestination {
  try {
    return openSink(destination, context);
  } catch (error) {
    if (!(error instanceof SinkError)) throw error;
    // The message of a sink names its option, such as `token is ...`, but not the source of the value.
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
      return withoutProblem(kinesisSink({ streamName: destination.stream_name, ...locationOf(destination) }));
    case 'firehose':
      return withoutProblem(
        firehoseSink({ deliveryStreamName: destination.delivery_stream_name, ...locationOf(destination) }),
      );
    case 'http':
      return withoutProblem(
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
  return { bucket, ...locationOf(upload), ...(prefix === undefined ? {} : { prefix }) };
}

function locationOf(location: {
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
}) {
  return {
    ...(location.region === undefined ? {} : { region: location.region }),
    ...(location.endpoint === undefined ? {} : { endpoint: location.endpoint }),
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
