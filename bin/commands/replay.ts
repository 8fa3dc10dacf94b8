import { systemRuntime } from '@kinetrack/agent';
import { LAKE_PREFIXES, messageOf } from '@kinetrack/schema';
import { type Command, Option } from 'commander';
import { explainAws } from '../../aws/failure.ts';
import { replayInCloud } from '../../aws/replay.ts';
import { replayFolder } from '../../local/replay.ts';
import { baseCommand } from '../base-command.ts';
import { UsageError } from '../cli-error.ts';
import { moment } from '../option-parsers.ts';
import {
  dryRunOption,
  jsonOption,
  lakeOption,
  ONE_PLACE,
  regionOption,
  requireLake,
  rulesForLake,
  stackOption,
} from '../shared-options.ts';

interface ReplayCommandOptions {
  readonly lake?: string;
  readonly stack?: string;
  readonly region?: string;
  readonly since?: number;
  readonly code?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export const replayCommand = (): Command =>
  baseCommand('replay')
    .description('Redeliver records from errors/ that are now valid')
    .argument(
      '[prefixes...]',
      'Key prefixes, such as errors/activePartitionExceeded/2026/11 (default: all of errors/)',
    )
    .addOption(lakeOption())
    .addOption(stackOption())
    .addOption(regionOption())
    .addOption(
      new Option(
        '--since <time>',
        'Only records that arrived at or after this UTC time, such as 2026-11-20T09:00Z',
      ).argParser(moment),
    )
    .option(
      '--code <code>',
      'Only this error code, such as DynamicPartitioning.ActivePartitionsLimitExceeded',
    )
    .addOption(dryRunOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Pass either --lake or --stack.

Redelivered records are removed from their error object. Records that are still invalid stay there,
with their reason. You can safely interrupt the command or run it twice: duplicate events are
counted once.

Exit codes: 0 no selected record is left, 1 some are left or the command failed, 2 usage error.
`,
    )
    .action(async (prefixes: string[], options: ReplayCommandOptions) => {
      const wrong = prefixes.find((prefix) => !prefix.startsWith(LAKE_PREFIXES.errors));
      if (wrong !== undefined) throw new UsageError(`${wrong}: a prefix must start with errors/.`);
      const counts = await run(prefixes, options);
      const stillBad = Object.entries(counts.stillBad);
      if (options.json)
        console.log(JSON.stringify({ dryRun: options.dryRun ?? false, ...counts }, undefined, 2));
      else {
        const bad = stillBad.reduce((sum, [, count]) => sum + count, 0);
        console.log(
          `objects     ${counts.objects} read, ${counts.emptied} emptied, ${counts.shortened} shortened`,
        );
        console.log(
          `records     ${counts.records}${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}`,
        );
        console.log(`${options.dryRun ? 'deliverable' : 'delivered'.padEnd(11)} ${counts.delivered} events`);
        console.log(`deleted     ${counts.hidden} events of deleted people`);
        console.log(`refused     ${counts.refused} events, retried by the next run`);
        console.log(`invalid     ${bad} events`);
        for (const [reason, count] of stillBad) console.log(`  ${reason}  ${count}`);
        for (const key of counts.unreadable) console.log(`unreadable  ${key}`);
      }
      if (stillBad.length + counts.refused + counts.unreadable.length > 0) process.exitCode = 1;
    });

function run(prefixes: readonly string[], options: ReplayCommandOptions) {
  const { lake, stack, region, since, code, dryRun = false } = options;
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
        console.error(`Rollup of ${dt} ${hour}:00 failed: ${messageOf(error)}`);
      },
    });
  }
  if (stack !== undefined && lake === undefined) {
    return explainAws(`the deployment ${stack}`, () => replayInCloud({ ...choice, stack, region }));
  }
  throw new UsageError(ONE_PLACE);
}
