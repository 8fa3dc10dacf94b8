/** The CDK app: stacks in the order of the data flow. */
import { App } from 'aws-cdk-lib';
import { InvalidDeploymentConfig } from '../lib/config.ts';
import { kinetrackStacks } from '../lib/stacks/index.ts';

try {
  kinetrackStacks(new App());
} catch (error) {
  if (!(error instanceof InvalidDeploymentConfig)) throw error;
  // A stack trace does not help to fix a parameter.
  console.error(error.message);
  // Exit at once: otherwise the CDK synthesizes an app without stacks.
  process.exit(1);
}
