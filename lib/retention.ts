/** How long what is kept: one setting, from which every lifecycle rule, TTL and environment variable follows. */
import { Duration } from 'aws-cdk-lib';

export interface LakeRetention {
  /**
   * Raw events. Late data makes an hour be recomputed from its raw objects; were those gone, the recomputed rows
   * would lose what they held. So it must outlive anything that an offline laptop may still hold.
   * @default 400 days
   */
  readonly raw?: Duration;
  /** Rows per minute and hour in the lake, at least as long as raw events. @default 1100 days */
  readonly rollups?: Duration;
  /** Rows per hour in the summaries table, what dashboards read; at most as long as rollups. @default 400 days */
  readonly summaries?: Duration;
  /** @default 90 days */
  readonly screenshots?: Duration;
  /** Records that could not be delivered. @default 90 days */
  readonly errors?: Duration;
  /** Results of queries, which can be had again from the lake. @default 7 days */
  readonly queryResults?: Duration;
  /** Who read which object of the lake. @default 90 days */
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

/** The setting with its defaults; throws InvalidRetention where parts contradict each other. */
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

/** S3 and DynamoDB count days: a part of a day is no age. */
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

/** What does not go together, a sentence each. */
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

/** How long receipts of deletions are kept: a year longer than anything that they say is gone could have been there. */
export function receiptRetention({ raw, rollups, screenshots, errors }: ResolvedRetention): Duration {
  const longest = Math.max(...[raw, rollups, screenshots, errors].map((age) => age.toDays()));
  return Duration.days(longest + 365);
}
