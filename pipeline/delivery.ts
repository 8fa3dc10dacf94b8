/**
 * The delivery specification: how records get from the stream into the lake. The CDK stack creates a
 * Firehose from it; the local Firehose executes the same configuration.
 *
 * Invariant: only records with a known activity type and a valid time reach `raw/`. All others fail the
 * key extraction and go to `errors/`. An invalid value never creates a partition.
 */
import { ACTIVITY_TYPES, LAKE_PREFIXES } from '@kinetrack/schema';

/** JQ 1.6 expressions by partition key, in the order of the prefix. */
export type PartitionKeys = Readonly<Record<string, string>>;

export interface DeliverySpec {
  readonly partitionKeys: PartitionKeys;
  /** The query that Firehose runs on each record. */
  readonly query: string;
  readonly prefix: string;
  readonly errorPrefix: string;
  readonly bufferMiB: number;
  readonly bufferIntervalS: number;
  /** Seconds for which Firehose retries writes to S3 before records go to the error prefix. */
  readonly retryS: number;
  readonly compression: 'GZIP';
  readonly fileExtension: string;
}

/** A lookup table: jq 1.6 evaluates a literal object once, but `IN(...)` for each record. */
const KNOWN_TYPES = JSON.stringify(Object.fromEntries(ACTIVITY_TYPES.map((type) => [type, type])));

/**
 * The timestamp format of the schema, without backslashes, which would need escaping in jq, JSON and
 * CloudFormation.
 */
const UTC_FORM = '^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9][.][0-9]{3}Z$';

const LAST_DAYS =
  '{"01":"31","02":"29","03":"31","04":"30","05":"31","06":"30","07":"31","08":"31","09":"30","10":"31","11":"30","12":"31"}';

/**
 * True for an existing date and time in that format. The length is checked because `$` also matches
 * before a final newline. No date functions: `fromdateiso8601` of jq 1.6 refuses fractions, accepts
 * "2026-1-3" and turns 31 February into 3 March. Days are checked outside the regular expression, which
 * jq compiles again for each record.
 */
const IS_MOMENT = [
  'length == 24',
  `test("${UTC_FORM}")`,
  `.[8:10] > "00"`,
  `.[8:10] <= ${LAST_DAYS}[.[5:7]]`,
  '(.[5:10] != "02-29" or (.[0:4] | tonumber | . % 4 == 0 and (. % 100 != 0 or . % 400 == 0)))',
].join(' and ');

const partitionKeys = {
  activity_type: `${KNOWN_TYPES}[.activity_type]`,
  dt: `.ts | if ${IS_MOMENT} then .[0:10] else null end`,
  // Already checked by dt. A second regular expression per record would cost a fifth of the throughput.
  hour: '.ts[11:13]',
} as const;

export const deliverySpec: DeliverySpec = {
  partitionKeys,
  query: metadataExtractionQuery(partitionKeys),
  prefix: `${LAKE_PREFIXES.raw}${Object.keys(partitionKeys)
    .map((key) => `${key}=!{partitionKeyFromQuery:${key}}/`)
    .join('')}`,
  errorPrefix: `${LAKE_PREFIXES.errors}!{firehose:error-output-type}/!{timestamp:yyyy}/!{timestamp:MM}/!{timestamp:dd}/`,
  bufferMiB: 64,
  bufferIntervalS: 300,
  retryS: 300,
  compression: 'GZIP',
  fileExtension: '.json.gz',
};

/**
 * Builds the query. Each value is in parentheses: in jq 1.6, `{"a": .b | f}` and `{"a": if ... end}`
 * are syntax errors. The builder of the CDK does not add them.
 */
export function metadataExtractionQuery(keys: PartitionKeys): string {
  return `{${Object.entries(keys)
    .map(([name, expression]) => `${JSON.stringify(name)}:(${expression})`)
    .join(',')}}`;
}

export interface DeliveryTarget<Arn> {
  readonly bucketArn: Arn;
  readonly roleArn: Arn;
  /** Log of delivery errors. @defaultValue no log */
  readonly logging?: { readonly logGroupName: string; readonly logStreamName: string };
}

/** `ExtendedS3DestinationConfiguration` with the property names of CloudFormation. */
export interface DeliveryConfiguration<Arn = unknown> {
  readonly BucketARN: Arn;
  readonly RoleARN: Arn;
  readonly Prefix?: string;
  readonly ErrorOutputPrefix?: string;
  readonly BufferingHints?: { readonly SizeInMBs?: number; readonly IntervalInSeconds?: number };
  readonly CompressionFormat?: string;
  readonly FileExtension?: string;
  readonly CustomTimeZone?: string;
  readonly DynamicPartitioningConfiguration?: {
    readonly Enabled?: boolean;
    readonly RetryOptions?: { readonly DurationInSeconds?: number };
  };
  readonly ProcessingConfiguration?: {
    readonly Enabled?: boolean;
    readonly Processors?: readonly DeliveryProcessor[];
  };
  readonly CloudWatchLoggingOptions?: {
    readonly Enabled?: boolean;
    readonly LogGroupName?: string;
    readonly LogStreamName?: string;
  };
}

export interface DeliveryProcessor {
  readonly Type: string;
  readonly Parameters?: readonly { readonly ParameterName: string; readonly ParameterValue: string }[];
}

/**
 * The processors in the order required by Firehose: split records into events, extract keys, append the
 * newline that splitting removes.
 */
const deliveryProcessors: readonly DeliveryProcessor[] = [
  { Type: 'RecordDeAggregation', Parameters: [{ ParameterName: 'SubRecordType', ParameterValue: 'JSON' }] },
  {
    Type: 'MetadataExtraction',
    Parameters: [
      { ParameterName: 'MetadataExtractionQuery', ParameterValue: deliverySpec.query },
      { ParameterName: 'JsonParsingEngine', ParameterValue: 'JQ-1.6' },
    ],
  },
  { Type: 'AppendDelimiterToRecord', Parameters: [] },
];

/** The destination configuration that the stack synthesizes and the local Firehose executes. */
export function deliveryConfiguration<Arn>(target: DeliveryTarget<Arn>): DeliveryConfiguration<Arn> {
  return {
    BucketARN: target.bucketArn,
    RoleARN: target.roleArn,
    Prefix: deliverySpec.prefix,
    ErrorOutputPrefix: deliverySpec.errorPrefix,
    BufferingHints: {
      SizeInMBs: deliverySpec.bufferMiB,
      IntervalInSeconds: deliverySpec.bufferIntervalS,
    },
    CompressionFormat: deliverySpec.compression,
    FileExtension: deliverySpec.fileExtension,
    CustomTimeZone: 'UTC',
    DynamicPartitioningConfiguration: {
      Enabled: true,
      RetryOptions: { DurationInSeconds: deliverySpec.retryS },
    },
    ProcessingConfiguration: { Enabled: true, Processors: deliveryProcessors },
    ...(target.logging && {
      CloudWatchLoggingOptions: {
        Enabled: true,
        LogGroupName: target.logging.logGroupName,
        LogStreamName: target.logging.logStreamName,
      },
    }),
  };
}
