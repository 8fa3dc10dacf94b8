import { Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  AlarmStatusWidgetSortBy,
  Column,
  Dashboard,
  GraphWidget,
  type IWidget,
  Row,
  TextWidget,
  TextWidgetBackground,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { GraphDefinition, PartMonitoring } from './part-monitoring.ts';

export interface FlowDashboardProps {
  /** undefined: a name that CloudFormation makes up. */
  readonly dashboardName: string | undefined;
  /** Rows from top to bottom: the order of the flow. */
  readonly rows: readonly PartMonitoring[];
  readonly alarms: readonly Alarm[];
}

/** Columns of the grid that CloudWatch lays widgets on. */
const GRID = 24;

const WHAT_TO_DO = `# Kinetrack
What goes wrong goes wrong from top to bottom: begin with the **topmost** row that looks odd, what is below it follows from it.
An alarm's description says what it means and what to do first.

Nothing is lost while agents cannot send (they keep it on disk), nor while records wait in the stream, in a queue, or under \`errors/\`.
The alarms that speak of loss: **StreamExpiring**, and anything **GivenUp** that is older than 14 days.`;

/** The whole flow on one page. */
export class FlowDashboard extends Construct {
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, { dashboardName, rows, alarms }: FlowDashboardProps) {
    super(scope, id);
    this.dashboard = new Dashboard(this, 'Dashboard', {
      ...(dashboardName !== undefined && { dashboardName }),
      defaultInterval: Duration.days(1),
      widgets: [
        [
          new TextWidget({ markdown: WHAT_TO_DO, width: GRID / 2, height: 6 }),
          new AlarmStatusWidget({
            title: 'Alarms',
            alarms: [...alarms],
            width: GRID / 2,
            height: 6,
            sortBy: AlarmStatusWidgetSortBy.STATE_UPDATED_TIMESTAMP,
          }),
        ],
        ...rows.filter(({ graphs }) => graphs.length > 0).map(({ title, graphs }) => [row(title, graphs)]),
      ],
    });
  }
}

function row(title: string, graphs: readonly GraphDefinition[]): IWidget {
  const width = Math.floor(GRID / graphs.length);
  return new Column(
    new TextWidget({
      markdown: `## ${title}`,
      width: GRID,
      height: 1,
      background: TextWidgetBackground.TRANSPARENT,
    }),
    new Row(...graphs.map((graph) => chart(graph, width))),
  );
}

const chart = ({ title, left, leftLabel, right = [], rightLabel }: GraphDefinition, width: number): IWidget =>
  new GraphWidget({
    title,
    width,
    height: 6,
    left: [...left],
    leftYAxis: { min: 0, label: leftLabel, showUnits: false },
    right: [...right],
    ...(rightLabel !== undefined && { rightYAxis: { min: 0, label: rightLabel, showUnits: false } }),
  });
