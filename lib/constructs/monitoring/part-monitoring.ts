import { Duration } from 'aws-cdk-lib';
import {
  ComparisonOperator,
  type CreateAlarmOptions,
  type IMetric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';

/**
 * What is watched of one part of the flow: the alarms, and the row of graphs to look at when one of them rings.
 * Parts describe, `ActivityObservability` builds: so every alarm has the same actions and every row the same form.
 */
export interface PartMonitoring {
  /** Heads the row on the dashboard. */
  readonly title: string;
  readonly alarms: readonly AlarmDefinition[];
  readonly graphs: readonly GraphDefinition[];
}

export interface AlarmDefinition
  extends Required<Pick<CreateAlarmOptions, 'threshold' | 'evaluationPeriods' | 'comparisonOperator'>>,
    Pick<CreateAlarmOptions, 'datapointsToAlarm' | 'evaluateLowSampleCountPercentile'> {
  /** Construct id, which CloudFormation makes part of the alarm's name; docs/monitoring.md has a section of this name. */
  readonly id: string;
  readonly metric: IMetric;
  /** What it means and what to do first, in two sentences: it is what stands in the e-mail. */
  readonly meaning: string;
  /** What a period without data says. */
  readonly missing: TreatMissingData;
}

export interface GraphDefinition {
  readonly title: string;
  readonly left: readonly IMetric[];
  readonly right?: readonly IMetric[];
  readonly leftLabel: string;
  readonly rightLabel?: string;
}

/** The services report every minute; five of them are one point, so that a single slow minute is none. */
export const PERIOD = Duration.minutes(5);

export const AT_LEAST = ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD;
export const MORE_THAN = ComparisonOperator.GREATER_THAN_THRESHOLD;
export const LESS_THAN = ComparisonOperator.LESS_THAN_THRESHOLD;

/** Services count only what happens: where nothing is reported, nothing went wrong. */
export const SILENCE_IS_FINE = TreatMissingData.NOT_BREACHING;
/** A queue that nobody touches stops reporting after six hours: it is then as full as it was. */
export const STAYS_AS_IT_WAS = TreatMissingData.IGNORE;
