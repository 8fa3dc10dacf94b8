/** Where people and devices find a deployment, by the names that the commands for the cloud look up. */
import { CfnOutput } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { ActivityApi } from './activity-api.ts';
import type { ActivityIdentity } from './activity-identity.ts';

export function outputIdentity(scope: Construct, { devices }: ActivityIdentity): void {
  new CfnOutput(scope, 'DevicesTableName', {
    value: devices.tableName,
    description: 'Table of device tokens.',
  });
}

export function outputApi(scope: Construct, { url, dashboardUrl }: ActivityApi): void {
  new CfnOutput(scope, 'ApiUrl', {
    value: url,
    description: 'URL of the API. Agents send to its path /track.',
  });
  new CfnOutput(scope, 'DashboardUrl', { value: dashboardUrl, description: 'URL of the dashboard.' });
}
