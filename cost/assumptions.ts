/** What a month of a fleet is: everything here that nobody measured, with the reason for each number. */
export const ASSUMPTIONS = {
  /** 22 days of 8 hours in front of the screen. */
  hoursAPerson: 22 * 8,
  hoursAMonth: 730,
  /** Everybody works at once, and some bring what they kept over night: shards are sized for it. */
  peakFactor: 1.5,
  /** Kinesis asks KMS for a data key per set of credentials about every five minutes (its documentation). */
  keyRequestsAnHour: 12,
  streamRetentionHours: 72,
  rawRetentionMonths: 400 / 30.4,
  rollupRetentionMonths: 1100 / 30.4,
  summaryRetentionMonths: 400 / 30.4,
  /** Replaced versions of rollups and raw objects are kept for a week. */
  replacedVersionMonths: 7 / 30.4,
  /** Activity types that a fleet sends at any time, and hours that are open at once: the current and late ones. */
  openPartitions: 8 * 3,
  /** Of 24: somewhere somebody works, and Firehose delivers every five minutes. */
  busyHoursADay: 14,
  /** Hours that one delivery touches: its own and late ones; each is recomputed. */
  touchedHours: 3,
  lambdaGb: 1.769,
  trackGb: 0.5,
  /** Measured: 0.4 ms of CPU for five minutes of a device. The rest is waiting for Kinesis, and now and then for DynamoDB. */
  trackS: 0.05,
  /** Start, listing and the waiting for S3 of a rollup invocation. */
  rollupOverheadS: 2,
  /** JQ in Firehose, per event; ours takes a tenth of it. How AWS counts is not documented. */
  jqMsAnEvent: 1,
  /** Page views of a person's own dashboard a month; each asks the API so often. */
  pageViews: 10,
  requestsAView: 12,
  minuteRequestsAView: 3,
  apiRequestS: 0.15,
  bytesAView: 250_000,
  /** 28, of which those over several metrics count each. */
  alarms: 42,
  logBytesAnInvocation: 2000,
  /** Analysts: queries a month, and what each scans. */
  athenaQueries: 300,
  athenaTbAQuery: 0.001,
  /** Above these the first 10,000 sign-ins of Cognito are used up. */
  cognitoFree: 10_000,
} as const;

export const STREAMS = ['provisioned', 'on-demand', 'direct'] as const;
/** Cognito charges for everybody who signs in; an issuer of one's own costs nothing here. */
export const SIGN_INS = ['cognito', 'oidc'] as const;
export type SignInKind = (typeof SIGN_INS)[number];

export type StreamKind = (typeof STREAMS)[number];
