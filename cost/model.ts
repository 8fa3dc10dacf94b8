/** The cost model: computes the items of the monthly bill of a fleet. */
import { deliverySpec } from '../pipeline/delivery.ts';
import { ASSUMPTIONS as A, type SignInKind, type StreamKind } from './assumptions.ts';
import { MEASURED, type Traffic, type Way } from './person-hour.ts';
import { usd } from './prices.ts';

export interface Fleet {
  readonly people: number;
  readonly stream: StreamKind;
  readonly through: Way;
  readonly signIn: SignInKind;
  readonly traffic: Traffic;
}

export interface Item {
  readonly part: string;
  readonly item: string;
  readonly usdAMonth: number;
}

const GB = 1e9;
const KIB = 1024;
const SHARD_BYTES_A_SECOND = 1e6;
const SHARD_RECORDS_A_SECOND = 1000;
/** Records are rounded up to 1 KB, half a KB on average. */
const ROUNDING_BYTES = 512;
const DELIVERIES_AN_HOUR = 3600 / deliverySpec.bufferIntervalS;
const BUSY_HOURS = A.busyHoursADay * 30.4;

export function billOf(fleet: Fleet): readonly Item[] {
  return [
    ...ingestItems(fleet),
    ...streamItems(fleet),
    ...keyItems(fleet),
    ...firehoseItems(fleet),
    ...lakeItems(fleet),
  ].concat(rollupItems(fleet), dashboardItems(fleet), monitoringItems());
}

export const totalOf = (items: readonly Item[]): number =>
  items.reduce((sum, { usdAMonth }) => sum + usdAMonth, 0);

/** Number of shards for the peak of the fleet. */
export function shardsFor({ people, traffic }: Fleet): number {
  const perSecond = (anHour: number) => (people * anHour * A.peakFactor) / 3600;
  return Math.max(
    1,
    Math.ceil(perSecond(traffic.records) / SHARD_RECORDS_A_SECOND),
    Math.ceil(perSecond(traffic.bytes) / SHARD_BYTES_A_SECOND),
  );
}

/** One request per record: agents and the function pack events the same way. */
function ingestItems(fleet: Fleet): Item[] {
  const posts = fleet.through === 'track' ? personHours(fleet) * fleet.traffic.records : 0;
  const part = 'ingest';
  return [
    { part, item: 'API', usdAMonth: usd('httpApiRequest', posts) },
    {
      part,
      item: 'function',
      usdAMonth: usd('lambdaGbSecond', posts * A.trackS * A.trackGb) + usd('lambdaRequest', posts),
    },
    { part, item: 'token lookups', usdAMonth: usd('dynamoRead', posts) },
  ];
}

const personHours = ({ people }: Fleet): number => people * A.hoursAPerson;

function streamItems(fleet: Fleet): Item[] {
  const { traffic, stream } = fleet;
  const hours = personHours(fleet);
  const part = 'stream';
  if (stream === 'direct') return [];
  if (stream === 'provisioned') {
    const shards = shardsFor(fleet);
    const units = hours * Math.max(traffic.records, traffic.bytes / (25 * KIB));
    return [
      {
        part,
        item: shards === 1 ? '1 shard' : `${shards} shards`,
        usdAMonth: usd('kinesisShardHour', shards * A.hoursAMonth),
      },
      {
        part,
        item: `retention of ${A.streamRetentionHours} h`,
        usdAMonth: usd('kinesisShardHourExtended', shards * A.hoursAMonth),
      },
      { part, item: 'PUT units', usdAMonth: usd('kinesisPutUnit', units) },
    ];
  }
  const gbOut = (hours * traffic.bytes) / GB;
  const keptMonths = (A.streamRetentionHours - 24) / A.hoursAMonth;
  return [
    { part, item: 'stream hours', usdAMonth: usd('kinesisOnDemandHour', A.hoursAMonth) },
    {
      part,
      item: 'writes',
      usdAMonth: usd(
        'kinesisOnDemandGbIn',
        (hours * (traffic.bytes + traffic.records * ROUNDING_BYTES)) / GB,
      ),
    },
    { part, item: 'reads of Firehose', usdAMonth: usd('kinesisOnDemandGbOut', gbOut) },
    {
      part,
      item: `retention of ${A.streamRetentionHours} h`,
      usdAMonth: usd('kinesisOnDemandGbMonthExtended', gbOut * keptMonths),
    },
  ];
}

/**
 * Kinesis calls KMS per set of credentials: those of each agent, or of the function. Firehose uses a grant.
 */
function keyItems(fleet: Fleet): Item[] {
  const requests =
    fleet.stream === 'direct' || fleet.through === 'track' ? 0 : personHours(fleet) * A.keyRequestsAnHour;
  return [
    { part: 'key', item: 'key', usdAMonth: usd('kmsKey', 1) },
    { part: 'key', item: 'data keys for the stream', usdAMonth: usd('kmsRequest', requests) },
  ];
}

function firehoseItems(fleet: Fleet): Item[] {
  const hours = personHours(fleet);
  const { firehoseBilledBytes, bytes, events } = fleet.traffic;
  const part = 'firehose';
  return [
    { part, item: 'records in', usdAMonth: usd('firehoseGb', (hours * firehoseBilledBytes) / GB) },
    { part, item: 'partitioning', usdAMonth: usd('firehosePartitionedGb', (hours * bytes) / GB) },
    { part, item: 'objects', usdAMonth: usd('firehoseObject', rawObjects()) },
    {
      part,
      item: 'JQ',
      usdAMonth: usd('firehoseJqHour', (hours * events * A.jqMsAnEvent) / 3_600_000),
    },
  ];
}

const rawObjects = (): number => BUSY_HOURS * DELIVERIES_AN_HOUR * A.openPartitions;
const rollupRuns = (): number => BUSY_HOURS * DELIVERIES_AN_HOUR * A.touchedHours;

function lakeItems(fleet: Fleet): Item[] {
  const hours = personHours(fleet);
  const part = 'lake';
  const rollupGb = (hours * MEASURED.rollupBytes) / GB;
  // Each run replaces the files of the hour, which are half full on average.
  const replacedGb = (rollupGb / 2) * DELIVERIES_AN_HOUR * A.replacedVersionMonths;
  return [
    {
      part,
      item: 'raw events, 400 days',
      usdAMonth: usd('s3GbMonth', ((hours * fleet.traffic.rawGzipBytes) / GB) * A.rawRetentionMonths),
    },
    {
      part,
      item: 'rollups, 1100 days',
      usdAMonth: usd('s3GbMonth', rollupGb * A.rollupRetentionMonths + replacedGb),
    },
    { part, item: 'writes', usdAMonth: usd('s3Put', rawObjects() + rollupRuns() * 4) },
  ];
}

function rollupItems(fleet: Fleet): Item[] {
  const part = 'rollup';
  const hours = personHours(fleet);
  const runs = rollupRuns();
  // Each delivery recomputes its hour, which is half full on average; late events add one more run.
  const samples = hours * MEASURED.samples * (DELIVERIES_AN_HOUR / 2 + 1);
  const seconds = samples / MEASURED.rollupSamplesPerCpuSecond + runs * A.rollupOverheadS;
  const writes = hours * (DELIVERIES_AN_HOUR + 1);
  const kept = (hours * MEASURED.summaryItemBytes * A.summaryRetentionMonths) / GB;
  return [
    {
      part,
      item: 'function',
      usdAMonth: usd('lambdaGbSecond', seconds * A.lambdaGb) + usd('lambdaRequest', runs),
    },
    {
      part,
      item: 'reads of raw objects',
      usdAMonth: usd('s3Get', runs * DELIVERIES_AN_HOUR) + usd('sqsRequest', rawObjects() * 3),
    },
    {
      part,
      item: 'writes of summaries',
      usdAMonth: usd('dynamoWrite', writes * Math.ceil(MEASURED.summaryItemBytes / KIB)),
    },
    { part, item: 'reads of summaries', usdAMonth: usd('dynamoRead', writes) },
    {
      part,
      item: 'storage of summaries',
      usdAMonth: usd('dynamoGbMonth', kept) + usd('dynamoBackupGbMonth', kept),
    },
  ];
}

function dashboardItems({ people, signIn }: Fleet): Item[] {
  const part = 'dashboard';
  const views = people * A.pageViews;
  const requests = views * A.requestsAView;
  const gets = views * A.minuteRequestsAView * 8 * 2;
  return [
    { part, item: 'API', usdAMonth: usd('httpApiRequest', requests) },
    {
      part,
      item: 'function',
      usdAMonth:
        usd('lambdaGbSecond', requests * A.apiRequestS * A.lambdaGb) + usd('lambdaRequest', requests),
    },
    { part, item: 'reads', usdAMonth: usd('s3Get', gets) + usd('dynamoRead', requests * 3) },
    {
      part,
      item: 'CloudFront',
      usdAMonth:
        usd('cloudFrontRequest', requests + views * 5) + usd('cloudFrontGb', (views * A.bytesAView) / GB),
    },
    {
      part,
      item: 'sign-in',
      usdAMonth: usd('cognitoUser', signIn === 'cognito' ? Math.max(0, people - A.cognitoFree) : 0),
    },
  ];
}

function monitoringItems(): Item[] {
  const part = 'monitoring';
  return [
    {
      part,
      item: `${A.alarms} alarm metrics, dashboard`,
      usdAMonth: usd('alarm', A.alarms) + usd('cloudWatchDashboard', 1),
    },
    { part, item: 'logs', usdAMonth: usd('logsGb', (rollupRuns() * A.logBytesAnInvocation) / GB) },
    { part, item: 'Athena', usdAMonth: usd('athenaTb', A.athenaQueries * A.athenaTbAQuery) },
  ];
}
