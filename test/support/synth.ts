import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AnalyticsStack } from '../../lib/analytics-stack.ts';
import { readConfig } from '../../lib/config.ts';
import { IngestionStack } from '../../lib/ingestion-stack.ts';

export interface SynthOptions {
  /** Replaces context values of cdk.json. */
  readonly context?: Readonly<Record<string, unknown>>;
}

/** An app with the context of cdk.json, as the CDK command line would start it. */
export function appOf({ context = {} }: SynthOptions = {}): App {
  const cdkJson: { context: Record<string, unknown> } = JSON.parse(readFileSync('cdk.json', 'utf8'));
  const outdir = mkdtempSync(join(tmpdir(), 'kinetrack-cdk-'));
  after(() => rmSync(outdir, { recursive: true, force: true }));
  return new App({
    outdir,
    context: { ...cdkJson.context, ...context },
  });
}

/** Both stacks as bin/cdk.ts composes them. Costs a second or two: once per test file. */
export function synth(options: SynthOptions = {}) {
  const app = appOf(options);
  const config = readConfig(app);
  const ingestion = new IngestionStack(app, 'KinetrackIngestion', { config });
  const analytics = new AnalyticsStack(app, 'KinetrackAnalytics', { config, lake: ingestion.lake });
  return {
    app,
    ingestion: Template.fromStack(ingestion),
    analytics: Template.fromStack(analytics),
    outdir: app.outdir,
  };
}
