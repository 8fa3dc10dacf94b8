/** The CDK app: stacks in the order in which the data flows. */
import { App } from 'aws-cdk-lib';
import { kinetrackStacks } from '../lib/stacks/index.ts';

kinetrackStacks(new App());
