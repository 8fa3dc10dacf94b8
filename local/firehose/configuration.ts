/** Resolves an `ExtendedS3DestinationConfiguration` with Firehose's defaults and limits. */
import type { DeliveryConfiguration, DeliveryProcessor } from '../../pipeline/delivery.ts';
import { FirehoseConfigurationError } from './configuration-error.ts';
import { type Prefix, resolvePrefixes } from './prefix.ts';

export interface ResolvedConfiguration {
  readonly prefix: Prefix;
  readonly errorPrefix: Prefix;
  readonly timeZone: string;
  readonly bufferBytes: number;
  readonly bufferIntervalMs: number;
  readonly gzip: boolean;
  readonly extension: string;
  /** Maximum duration of retries before records are returned to the sender. */
  readonly retryMs: number;
  /** Whether a record can contain several JSON objects. */
  readonly deaggregate: boolean;
  /** jq query for the partition keys; undefined without dynamic partitioning. */
  readonly query: string | undefined;
  /** Appended to every record. */
  readonly delimiter: Uint8Array;
}

const MIB = 1 << 20;
const fail = (message: string): never => {
  throw new FirehoseConfigurationError(message);
};

/** @throws FirehoseConfigurationError if AWS would reject the configuration or it cannot run locally */
export function resolveConfiguration(configuration: DeliveryConfiguration): ResolvedConfiguration {
  const dynamicPartitioning = configuration.DynamicPartitioningConfiguration?.Enabled === true;
  const timeZone = configuration.CustomTimeZone ?? 'UTC';
  const processors = new Processors(configuration.ProcessingConfiguration);
  const prefixes = resolvePrefixes({
    prefix: configuration.Prefix,
    errorPrefix: configuration.ErrorOutputPrefix,
    timeZone,
    dynamicPartitioning,
  });
  const query = processors.query();
  if (dynamicPartitioning && query === undefined) {
    fail('DynamicPartitioningConfiguration is enabled without a MetadataExtraction processor; add one');
  }
  if (!dynamicPartitioning && query !== undefined) {
    fail(
      'MetadataExtraction needs dynamic partitioning; set DynamicPartitioningConfiguration.Enabled to true',
    );
  }
  const gzip = isGzip(configuration.CompressionFormat ?? 'UNCOMPRESSED');
  const limits = dynamicPartitioning ? { size: 64, interval: 60 } : { size: 1, interval: 0 };
  const { SizeInMBs, IntervalInSeconds } = configuration.BufferingHints ?? {};
  const sizeMiB = within('SizeInMBs', SizeInMBs ?? (dynamicPartitioning ? 128 : 5), limits.size, 128);
  const intervalS = within('IntervalInSeconds', IntervalInSeconds ?? 300, limits.interval, 900);
  const retry = configuration.DynamicPartitioningConfiguration?.RetryOptions?.DurationInSeconds ?? 300;
  return {
    prefix: prefixes.data,
    errorPrefix: prefixes.error,
    timeZone,
    bufferBytes: sizeMiB * MIB,
    bufferIntervalMs: intervalS * 1000,
    gzip,
    extension: configuration.FileExtension ?? (gzip ? '.gz' : ''),
    retryMs: within('DurationInSeconds', retry, 0, 7200) * 1000,
    deaggregate: processors.deaggregate(),
    query,
    delimiter: processors.delimiter(),
  };
}

/** Processors by type, with the rules for their parameters. */
class Processors {
  readonly #byType = new Map<string, DeliveryProcessor>();

  constructor(configuration: DeliveryConfiguration['ProcessingConfiguration']) {
    if (configuration?.Enabled !== true) return;
    for (const processor of configuration.Processors ?? []) {
      if (!KNOWN_PROCESSORS.includes(processor.Type)) {
        fail(
          `the processor ${processor.Type} cannot run locally; use ${KNOWN_PROCESSORS.join(', ')} or run it in AWS`,
        );
      }
      this.#byType.set(processor.Type, processor);
    }
  }

  deaggregate(): boolean {
    if (!this.#byType.has('RecordDeAggregation')) return false;
    const type = this.#parameter('RecordDeAggregation', 'SubRecordType');
    if (type !== 'JSON') fail(`SubRecordType is ${type ?? 'missing'}; the local Firehose takes JSON`);
    return true;
  }

  query(): string | undefined {
    if (!this.#byType.has('MetadataExtraction')) return undefined;
    const engine = this.#parameter('MetadataExtraction', 'JsonParsingEngine');
    if (engine !== 'JQ-1.6') fail(`JsonParsingEngine is ${engine ?? 'missing'}; it must be JQ-1.6`);
    const query = this.#parameter('MetadataExtraction', 'MetadataExtractionQuery');
    return (
      query ?? fail('MetadataExtraction has no MetadataExtractionQuery; add one as in {"dt":(.ts[0:10])}')
    );
  }

  delimiter(): Uint8Array {
    if (!this.#byType.has('AppendDelimiterToRecord')) return new Uint8Array();
    // In the API, a newline is written as the two characters \n; it is the default.
    const text = this.#parameter('AppendDelimiterToRecord', 'Delimiter') ?? '\\n';
    return Buffer.from(text.replaceAll('\\n', '\n'));
  }

  #parameter(type: string, name: string): string | undefined {
    const parameters = this.#byType.get(type)?.Parameters ?? [];
    return parameters.find(({ ParameterName }) => ParameterName === name)?.ParameterValue;
  }
}

const KNOWN_PROCESSORS = ['RecordDeAggregation', 'MetadataExtraction', 'AppendDelimiterToRecord'];

function isGzip(format: string): boolean {
  if (format === 'GZIP') return true;
  if (format === 'UNCOMPRESSED') return false;
  return fail(`CompressionFormat is ${format}; the local Firehose writes GZIP or UNCOMPRESSED`);
}

function within(name: string, value: number, min: number, max: number): number {
  if (typeof value === 'number' && value >= min && value <= max) return value;
  return fail(
    `${name} is ${JSON.stringify(value)}; it must be a number from ${min} to ${max} in this configuration`,
  );
}
