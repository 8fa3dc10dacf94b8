import { systemRuntime } from '@kinetrack/agent';
import { messageOf } from '@kinetrack/schema';
import { Command, Option } from 'commander';
import { explainAws } from '../../aws/failure.ts';
import { replayInCloud } from '../../aws/replay.ts';
import { replayFolder } from '../../local/replay.ts';
import { UsageError } from '../cli-error.ts';
import { moment } from '../options.ts';
import { requireLake, rulesForLake } from '../shared-options.ts';

interface ReplayCommandOptions {
  readonly lake?: string;
  readonly stack?: string;
  readonly region?: string;
  readonly since?: number;
  readonly code?: string;
  readonly dryRun: boolean;
  readonly json: boolean;
}

export const replayCommand = (): Command =>
  new Command('replay')
    .description('records under errors/ that can be delivered by now, into the pipeline again')
    .argument('[prefixes...]', 'below errors/, such as errors/activePartitionExceeded/2026/11 (default: all)')
    .option('--lake <dir>', 'folder of a lake on this machine')
    .option('--stack <name>', 'stacks of a deployment, such as Kinetrack')
    .option('--region <region>', 'of the deployment (default: AWS_REGION or the profile)')
    .addOption(
      new Option(
        '--since <time>',
        'only what arrived then or later, UTC, such as 2026-11-20T09:00Z',
      ).argParser(moment),
    )
    .option(
      '--code <code>',
      'only this error code, such as DynamicPartitioning.ActivePartitionsLimitExceeded',
    )
    .option('--dry-run', 'says what would be done and changes nothing', false)
    .option('--json', 'the counts as JSON', false)
    .addHelpText(
      'after',
      `
What is delivered leaves its error object; what still is no valid event stays there, with its reason. Running it twice, or
stopping it in the middle, does no harm: events count once.

Exit codes: 0 nothing is left that was looked at, 1 something is, or it failed, 2 wrong use.
`,
    )
    .action(async (prefixes: string[], options: ReplayCommandOptions) => {
      const wrong = prefixes.find((prefix) => !prefix.startsWith('errors/'));
      if (wrong !== undefined) throw new UsageError(`${wrong}: prefixes begin with errors/.`);
      const counts = await run(prefixes, options);
      const stillBad = Object.entries(counts.stillBad);
      if (options.json) console.log(JSON.stringify({ dryRun: options.dryRun, ...counts }, undefined, 2));
      else {
        const bad = stillBad.reduce((sum, [, count]) => sum + count, 0);
        console.log(
          `objects     ${counts.objects} read, ${counts.emptied} emptied, ${counts.shortened} shortened`,
        );
        console.log(
          `records     ${counts.records}${counts.skipped > 0 ? `, ${counts.skipped} left out` : ''}`,
        );
        console.log(`${options.dryRun ? 'deliverable' : 'delivered'.padEnd(11)} ${counts.delivered} events`);
        console.log(`deleted     ${counts.hidden} events of people who were deleted`);
        console.log(`refused     ${counts.refused} events, for the next run`);
        console.log(`still bad   ${bad} events`);
        for (const [reason, count] of stillBad) console.log(`  ${reason}  ${count}`);
        for (const key of counts.unreadable) console.log(`unreadable  ${key}`);
      }
      if (stillBad.length + counts.refused + counts.unreadable.length > 0) process.exitCode = 1;
    });

function run(prefixes: readonly string[], options: ReplayCommandOptions) {
  const { lake, stack, region, since, code, dryRun } = options;
  const choice = {
    prefixes,
    dryRun,
    ...(since !== undefined && { sinceMs: since }),
    ...(code !== undefined && { errorCode: code }),
  };
  if (lake !== undefined && stack === undefined) {
    const lakeDir = requireLake(lake);
    const rules = rulesForLake(lakeDir);
    return replayFolder({
      ...choice,
      ...{ lakeDir, rules, runtime: systemRuntime },
      onRollupError({ dt, hour }, error) {
        process.exitCode = 1;
        console.error(`rollup of ${dt} ${hour}:00 failed: ${messageOf(error)}`);
      },
    });
  }
  if (stack !== undefined && lake === undefined) {
    return explainAws(`the deployment ${stack}`, () => replayInCloud({ ...choice, stack, region }));
  }
  throw new UsageError('name one place: --lake DIR for a folder, or --stack NAME for a deployment.');
}
