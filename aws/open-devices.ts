/** The devices of a deployment, by the names of its stacks. */
import { clientSettings } from './client-settings.ts';
import { findDeployment } from './deployment.ts';
import type { DevicesOptions } from './devices.ts';

export interface OpenDevices extends DevicesOptions {
  /** Where devices send to; undefined where the deployment has no API. */
  readonly apiUrl: string | undefined;
}

/** Rejects with DeploymentNotFound, or as the AWS SDK does. Endpoints can be set as for every AWS tool. */
export async function openDevices(options: {
  readonly stack: string;
  /** @defaultValue AWS_REGION or the profile */
  readonly region?: string | undefined;
  /** ms since 1970. */
  now(): number;
}): Promise<OpenDevices> {
  const { stack, region, now } = options;
  const [{ CloudFormationClient }, { DynamoDBClient }] = await Promise.all([
    import('@aws-sdk/client-cloudformation'),
    import('@aws-sdk/client-dynamodb'),
  ]);
  const where = await clientSettings({ region });
  const deployment = await findDeployment(new CloudFormationClient(where), stack);
  const table = deployment.require('DevicesTableName');
  return { client: new DynamoDBClient(where), table, now, apiUrl: deployment.find('ApiUrl') };
}
