/** Assumptions about a month of a fleet that are not measured, with their reasons. */
export const ASSUMPTIONS = {
  /** 22 days of 8 hours at the screen. */
  hoursAPerson: 22 * 8,
  hoursAMonth: 730,
  /** All people work at the same time, and some send a backlog from the night. Sizes the shards. */
  peakFactor: 1.5,
  /** Kinesis requests a data key per set of credentials about every five minutes (its documentation). */
  keyRequestsAnHour: 12,
  streamRetentionHours: 72,
  rawRetentionMonths: 400 / 30.4,
  rollupRetentionMonths: 1100 / 30.4,
  summaryRetentionMonths: 400 / 30.4,
  /** Old versions of rollups and raw objects are retained for a week. */
  replacedVersionMonths: 7 / 30.4,
  /** Active partitions: activity types times open hours, the current one and late ones. */
  openPartitions: 8 * 3,
  /** Hours of a day with activity in any time zone. Firehose delivers every five minutes. */
  busyHoursADay: 14,
  /** Hours per delivery, including late ones. Each is recomputed. */
  touchedHours: 3,
  lambdaGb: 1.769,
  trackGb: 0.5,
  /** 0.4 ms of CPU for five minutes of a device (measured); the rest is waiting for Kinesis and DynamoDB. */
  trackS: 0.05,
  /** Start, listing and S3 latency of a rollup invocation. */
  rollupOverheadS: 2,
  /** JQ in Firehose, per event: ten times our own measurement. AWS does not document how it counts. */
  jqMsAnEvent: 1,
  /** Page views per person and month, and API requests per view. */
  pageViews: 10,
  requestsAView: 12,
  minuteRequestsAView: 3,
  apiRequestS: 0.15,
  bytesAView: 250_000,
  /** 28 alarms; those with a metric expression are billed per metric. */
  alarms: 42,
  logBytesAnInvocation: 2000,
  /** Queries of analysts per month, and the data scanned per query. */
  athenaQueries: 300,
  athenaTbAQuery: 0.001,
  /** Free users of Cognito per month. */
  cognitoFree: 10_000,
} as const;

export const STREAMS = ['provisioned', 'on-demand', 'direct'] as const;
/** Cognito charges per user; an existing issuer is free here. */
export const SIGN_INS = ['cognito', 'oidc'] as const;
export type SignInKind = (typeof SIGN_INS)[number];

export type StreamKind = (typeof STREAMS)[number];
