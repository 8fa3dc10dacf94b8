import { Duration } from 'aws-cdk-lib';
import {
  ComparisonOperator,
  type CreateAlarmOptions,
  type IMetric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';

/**
 * Monitoring of one part of the data flow: its alarms, and its graphs on the dashboard. Parts only define;
 * `ActivityObservability` creates the resources, so all alarms have the same actions and all rows the same
 * form.
 */
export interface PartMonitoring {
  /** Title of the row on the dashboard. */
  readonly title: string;
  readonly alarms: readonly AlarmDefinition[];
  readonly graphs: readonly GraphDefinition[];
}

export interface AlarmDefinition
  extends Required<Pick<CreateAlarmOptions, 'threshold' | 'evaluationPeriods' | 'comparisonOperator'>>,
    Pick<CreateAlarmOptions, 'datapointsToAlarm' | 'evaluateLowSampleCountPercentile'> {
  /**
   * Construct ID, which CloudFormation includes in the name of the alarm. docs/monitoring.md has a section
   * of the same name.
   */
  readonly id: string;
  readonly metric: IMetric;
  /** Meaning and first action, in a few sentences: the text of the e-mail. */
  readonly meaning: string;
  /** Treatment of periods without data. */
  readonly missing: TreatMissingData;
}

export interface GraphDefinition {
  readonly title: string;
  readonly left: readonly IMetric[];
  readonly right?: readonly IMetric[];
  readonly leftLabel: string;
  readonly rightLabel?: string;
}

/** Metrics arrive every minute. Five minutes form one data point, so one slow minute raises no alarm. */
export const PERIOD = Duration.minutes(5);

export const AT_LEAST = ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD;
export const MORE_THAN = ComparisonOperator.GREATER_THAN_THRESHOLD;
export const LESS_THAN = ComparisonOperator.LESS_THAN_THRESHOLD;

/** Services report only events, so no data means no errors. */
export const NO_DATA_IS_OK = TreatMissingData.NOT_BREACHING;
/** An inactive queue reports no metrics after six hours; its content has not changed. */
export const NO_DATA_KEEPS_STATE = TreatMissingData.IGNORE;
