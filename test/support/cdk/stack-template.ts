import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { appOf } from './synth.ts';

/** The template of one stack with whatever is built in it, under the feature flags of cdk.json. */
export function templateWith(build: (stack: Stack) => void): Template {
  const stack = new Stack(appOf(), 'Test');
  build(stack);
  return Template.fromStack(stack);
}
