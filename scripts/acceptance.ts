/**
 * `npm run acceptance -- --stack NAME`: whether a deployment in a real account works, from a record that is put to the
 * rows that Athena gives. It costs cents, takes some 15 minutes, and removes what it sent.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { openAcceptanceWorld } from '../aws/acceptance/open-world.ts';
import { runAcceptance, type StepResult } from '../aws/acceptance/run.ts';
import { explainAws } from '../aws/failure.ts';

interface AcceptanceOptions {
  readonly stack: string;
  readonly region?: string;
  readonly timeout: number;
  readonly pollSeconds: number;
}

const numberOf = (name: string, min: number, max: number) => (text: string) => {
  const value = Number(text);
  if (value >= min && value <= max) return value;
  throw new InvalidArgumentError(`${name} must be a number from ${min} to ${max}.`);
};

// A deprecation that the SDK prints over everything: its version is pinned with this check.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

await new Command('acceptance')
  .description(
    'Sends a few minutes of somebody who does not exist through a deployment, waits for them in S3, Athena and the summaries, compares, and deletes the person again.',
  )
  .requiredOption('--stack <name>', 'its name, such as Kinetrack: what the names of its stacks begin with')
  .option('--region <region>', 'where it is (default: AWS_REGION or the profile)')
  .option('--timeout <minutes>', 'how long each stage may take', numberOf('--timeout', 0.1, 120), 20)
  .option('--poll-seconds <n>', 'how often to look', numberOf('--poll-seconds', 1, 600), 10)
  .addHelpText(
    'after',
    `
Rights that it needs: cloudformation:DescribeStacks; what an agent needs to send; s3:ListBucket and s3:GetObject on the
lake; athena and glue as an analyst; dynamodb:Query on the summaries; sqs:SendMessage on the deletion queue; kms:Decrypt.
Exit codes: 0 every stage passed, 1 one did not, 2 wrong use.
`,
  )
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .action(async ({ stack, region, timeout, pollSeconds }: AcceptanceOptions) => {
    const world = await explainAws(`the deployment ${stack}`, () =>
      openAcceptanceWorld({
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
    console.log(ok ? `${stack} works.` : `${stack} does not work as it should.`);
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
