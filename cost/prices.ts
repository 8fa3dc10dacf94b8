/**
 * List prices. Update the date with every price. Free allowances that end after a year are not included;
 * the permanent one of Cognito is.
 */
export const PRICES_AS_OF = '2026-11';
export const REGION = 'us-east-1';

/** US dollars. `confirmed`: from an AWS page or several other sources; `reported`: from one source. */
interface Price {
  readonly usd: number;
  readonly per: string;
  readonly evidence: 'confirmed' | 'reported';
}

const confirmed = (usd: number, per: string): Price => ({ usd, per, evidence: 'confirmed' });
const reported = (usd: number, per: string): Price => ({ usd, per, evidence: 'reported' });
const MILLION = 1e6;

export const PRICES = {
  kinesisShardHour: confirmed(0.015, 'shard and hour'),
  /** Retention from 24 hours to 7 days. */
  kinesisShardHourExtended: reported(0.02, 'shard and hour'),
  kinesisPutUnit: confirmed(0.014 / MILLION, '25 KB of a record'),
  kinesisOnDemandHour: confirmed(0.04, 'stream and hour'),
  kinesisOnDemandGbIn: confirmed(0.08, 'GB written, records rounded up to 1 KB'),
  kinesisOnDemandGbOut: confirmed(0.04, 'GB read'),
  kinesisOnDemandGbMonthExtended: reported(0.1, 'GB and month beyond 24 hours'),
  firehoseGb: confirmed(0.029, 'GB in, records rounded up to 5 KB'),
  firehosePartitionedGb: confirmed(0.02, 'GB through dynamic partitioning'),
  firehoseObject: reported(0.005 / 1000, 'object delivered'),
  firehoseJqHour: reported(0.07, 'hour of JQ processing'),
  s3GbMonth: confirmed(0.023, 'GB and month'),
  s3Put: confirmed(0.005 / 1000, 'PUT or LIST'),
  s3Get: confirmed(0.0004 / 1000, 'GET'),
  lambdaRequest: confirmed(0.2 / MILLION, 'request'),
  lambdaGbSecond: confirmed(0.0000133334, 'GB-second on ARM'),
  sqsRequest: confirmed(0.4 / MILLION, 'request'),
  dynamoWrite: confirmed(0.625 / MILLION, 'write of up to 1 KB'),
  dynamoRead: confirmed(0.125 / MILLION, 'consistent read of up to 4 KB'),
  dynamoGbMonth: confirmed(0.25, 'GB and month'),
  /** Continuous backups. */
  dynamoBackupGbMonth: reported(0.2, 'GB and month'),
  httpApiRequest: confirmed(1 / MILLION, 'request of up to 512 KB'),
  cloudFrontRequest: reported(0.01 / 10_000, 'HTTPS request'),
  cloudFrontGb: confirmed(0.085, 'GB to a browser'),
  cognitoUser: reported(0.015, 'person who signs in, a month, above the first 10,000'),
  kmsKey: confirmed(1, 'key and month'),
  kmsRequest: confirmed(0.03 / 10_000, 'request'),
  alarm: confirmed(0.1, 'alarm and month'),
  cloudWatchDashboard: confirmed(3, 'dashboard and month'),
  logsGb: confirmed(0.5, 'GB of logs'),
  athenaTb: confirmed(5, 'TB scanned'),
} as const satisfies Readonly<Record<string, Price>>;

export type PriceName = keyof typeof PRICES;

export const usd = (price: PriceName, amount: number): number => PRICES[price].usd * amount;
