/** Retention per data class. Lifecycle rules, TTLs and environment variables derive from it. */
import { Duration } from 'aws-cdk-lib';

export interface LakeRetention {
  /**
   * Raw events. A late event recomputes its hour from raw events, and without them the existing rows would
   * be lost. Choose a period longer than any laptop stays offline.
   * @default 400 days
   */
  readonly raw?: Duration;
  /** Rows per minute and hour in the lake; at least as long as raw events. @default 1100 days */
  readonly rollups?: Duration;
  /** Rows per hour in DynamoDB, for the dashboard; at most as long as rollups. @default 400 days */
  readonly summaries?: Duration;
  /** Screenshots. @default 90 days */
  readonly screenshots?: Duration;
  /** Undeliverable records. @default 90 days */
  readonly errors?: Duration;
  /** Query results; queries can be repeated. @default 7 days */
  readonly queryResults?: Duration;
  /** Access logs of the lake. @default 90 days */
  readonly accessLogs?: Duration;
}

export type ResolvedRetention = Required<LakeRetention>;

export class InvalidRetention extends Error {
  readonly code = 'invalid_retention';
  constructor(message: string) {
    super(message);
    this.name = 'InvalidRetention';
  }
}

const DEFAULT_DAYS = {
  raw: 400,
  rollups: 1100,
  summaries: 400,
  screenshots: 90,
  errors: 90,
  queryResults: 7,
  accessLogs: 90,
} as const;

/** Applies the defaults. Throws InvalidRetention for contradictory values. */
export function resolveRetention(given: LakeRetention = {}): ResolvedRetention {
  const part = (name: keyof LakeRetention): Duration => given[name] ?? Duration.days(DEFAULT_DAYS[name]);
  const retention: ResolvedRetention = {
    raw: part('raw'),
    rollups: part('rollups'),
    summaries: part('summaries'),
    screenshots: part('screenshots'),
    errors: part('errors'),
    queryResults: part('queryResults'),
    accessLogs: part('accessLogs'),
  };
  const [problem] = contradictionsOf(inDays(retention));
  if (problem !== undefined) throw new InvalidRetention(`retention: ${problem}`);
  return retention;
}

export type RetentionDays = Readonly<Record<keyof LakeRetention, number>>;

/** S3 and DynamoDB count whole days. */
function inDays(retention: ResolvedRetention): RetentionDays {
  const days = (name: keyof LakeRetention): number => {
    const count = retention[name].toDays({ integral: false });
    if (Number.isInteger(count) && count >= 1) return count;
    throw new InvalidRetention(`retention.${name}: must be whole days, at least 1; got ${count}`);
  };
  return {
    raw: days('raw'),
    rollups: days('rollups'),
    summaries: days('summaries'),
    screenshots: days('screenshots'),
    errors: days('errors'),
    queryResults: days('queryResults'),
    accessLogs: days('accessLogs'),
  };
}

/** Contradictions, one sentence each. */
export function contradictionsOf({ raw, rollups, summaries }: RetentionDays): readonly string[] {
  return [
    ...(rollups < raw
      ? [
          `rollups must be kept at least as long as raw events, because a late event would recreate expired rows; got rollups=${rollups}, raw=${raw}`,
        ]
      : []),
    ...(summaries > rollups
      ? [
          `summaries must not be kept longer than rollups, because the minutes of a day would be missing; got summaries=${summaries}, rollups=${rollups}`,
        ]
      : []),
  ];
}

/** Retention of deletion receipts: a year longer than any data they refer to. */
export function receiptRetention({ raw, rollups, screenshots, errors }: ResolvedRetention): Duration {
  const longest = Math.max(...[raw, rollups, screenshots, errors].map((age) => age.toDays()));
  return Duration.days(longest + 365);
}
