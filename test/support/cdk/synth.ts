import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { kinetrackStacks } from '../../../lib/stacks/index.ts';
import { afterTest } from '../../runner/running-test.ts';

export interface SynthOptions {
  /** Replaces context values of cdk.json. */
  readonly context?: Readonly<Record<string, unknown>>;
}

/** An app with the context of cdk.json, like that of the CDK command line. */
export function appOf({ context = {} }: SynthOptions = {}): App {
  const cdkJson: { context: Record<string, unknown> } = JSON.parse(readFileSync('cdk.json', 'utf8'));
  const outdir = mkdtempSync(join(tmpdir(), 'kinetrack-cdk-'));
  afterTest(() => rmSync(outdir, { recursive: true, force: true }));
  return new App({
    outdir,
    context: { ...cdkJson.context, ...context },
  });
}

/** All stacks of bin/cdk.ts. A template takes seconds: create each variant once per test file. */
export function synth(options: SynthOptions = {}) {
  const app = appOf(options);
  const { config, ...stacks } = kinetrackStacks(app);
  return {
    app,
    config,
    stacks,
    outdir: app.outdir,
    /** The template of a part. Throws if the variant has no such stack. */
    template(part: keyof typeof stacks): Template {
      const stack = stacks[part];
      if (stack === undefined) throw new RangeError(`this variant has no stack for ${part}`);
      return Template.fromStack(stack);
    },
  };
}

/** The template of one stack with the constructs of `build`, with the feature flags of cdk.json. */
export function templateWith(build: (stack: Stack) => void): Template {
  const stack = new Stack(appOf(), 'Test');
  build(stack);
  return Template.fromStack(stack);
}
