/** The CDK app: stacks in the order in which the data flows. */
import { App } from 'aws-cdk-lib';
import { AnalyticsStack } from '../lib/analytics-stack.ts';
import { readConfig } from '../lib/config.ts';
import { IngestionStack } from '../lib/ingestion-stack.ts';

const app = new App();
const config = readConfig(app);

const ingestion = new IngestionStack(app, 'KinetrackIngestion', { config });
new AnalyticsStack(app, 'KinetrackAnalytics', { config, lake: ingestion.lake });
