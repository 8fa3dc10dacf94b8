/**
 * `npm run acceptance -- --stack NAME`: checks a deployment in a real account, from the test events to the rows in
 * Athena. It costs cents, takes about 15 minutes, and deletes its test data.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { openAcceptance } from '../aws/acceptance/open-acceptance.ts';
import { runAcceptance, type StepResult } from '../aws/acceptance/run.ts';
import { explainAws } from '../aws/failure.ts';
import { regionOption, stackOption } from '../bin/shared-options.ts';

interface AcceptanceOptions {
  readonly stack: string;
  readonly region?: string;
  readonly timeout: number;
  readonly pollSeconds: number;
}

const numberOf = (min: number, max: number) => (text: string) => {
  const value = Number(text);
  if (value >= min && value <= max) return value;
  throw new InvalidArgumentError(`Must be a number from ${min} to ${max}.`);
};

// Hides a deprecation warning of the SDK, whose version is pinned with this check.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

await new Command('acceptance')
  .description(
    'Check a deployment: send test events, find them in S3, Athena and the summaries, and delete them',
  )
  .addOption(stackOption().makeOptionMandatory())
  .addOption(regionOption())
  .option('--timeout <minutes>', 'Timeout per step in minutes', numberOf(0.1, 120), 20)
  .option('--poll-seconds <n>', 'Seconds between checks', numberOf(1, 600), 10)
  .addHelpText(
    'after',
    `
Required permissions: cloudformation:DescribeStacks; those of an agent to send; s3:ListBucket and
s3:GetObject on the lake; those of an analyst for Athena and Glue; dynamodb:Query on the summaries;
sqs:SendMessage on the deletion queue; kms:Decrypt.

Exit codes: 0 all steps passed, 1 a step failed, 2 usage error.
`,
  )
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .action(async ({ stack, region, timeout, pollSeconds }: AcceptanceOptions) => {
    const world = await explainAws(`the deployment ${stack}`, () =>
      openAcceptance({
        ...{ stack, region, newId: randomUUID },
        now: () => Date.now(),
        sleep: (ms) => pause(ms),
      }),
    );
    const ok = await runAcceptance(world, {
      timeoutMs: timeout * 60_000,
      pollMs: pollSeconds * 1000,
      onStep: tell,
    });
    console.log(ok ? `${stack}: all checks passed.` : `${stack}: a check failed.`);
    process.exitCode = ok ? 0 : 1;
  })
  .parseAsync()
  .catch((error: unknown) => {
    console.error(`acceptance: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  });

function tell({ name, ok, tookMs, detail }: StepResult): void {
  const time = `${(tookMs / 1000).toFixed(0)} s`.padStart(6);
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name.padEnd(14)} ${time}  ${detail}`);
}
