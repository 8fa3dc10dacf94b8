/** The CDK app: stacks in the order in which the data flows. */
import { App } from 'aws-cdk-lib';
import { InvalidDeploymentConfig } from '../lib/config.ts';
import { kinetrackStacks } from '../lib/stacks/index.ts';

try {
  kinetrackStacks(new App());
} catch (error) {
  if (!(error instanceof InvalidDeploymentConfig)) throw error;
  // The trace of a parameter leads nowhere that its author could change.
  console.error(error.message);
  // At once: an app that ends by itself is synthesized, here without a stack.
  process.exit(1);
}
