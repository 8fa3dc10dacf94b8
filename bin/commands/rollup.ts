import { systemRuntime } from '@kinetrack/agent';
import { messageOf } from '@kinetrack/schema';
import { type Command, Option } from 'commander';
import { hoursWithSamples, openEmbeddedPipeline } from '../../local/embedded-pipeline.ts';
import { baseCommand } from '../base-command.ts';
import { UsageError } from '../cli-error.ts';
import { moment } from '../option-parsers.ts';
import { lakeOption, requireLake, rulesForLake } from '../shared-options.ts';

interface RollupOptions {
  readonly lake: string;
  readonly from?: number;
  readonly to?: number;
}

export const rollupCommand = (): Command =>
  baseCommand('rollup')
    .description('Recompute the rollups of a lake from its raw events')
    .addOption(lakeOption().makeOptionMandatory())
    .addOption(
      new Option('--from <time>', 'First hour, UTC, such as 2026-11-20T09:00Z (default: all)').argParser(
        moment,
      ),
    )
    .addOption(
      new Option('--to <time>', 'Only hours that start before this UTC time (default: all)').argParser(
        moment,
      ),
    )
    .addHelpText('after', '\nRun it after a change to the rules in config.json.')
    .action(async (options: RollupOptions) => {
      const { from, to } = options;
      if (from !== undefined && to !== undefined && from >= to) {
        throw new UsageError(
          `--from ${new Date(from).toISOString()} must be before --to ${new Date(to).toISOString()}.`,
        );
      }
      const lakeDir = requireLake(options.lake);
      const reported = new Set<string>();
      const pipeline = await openEmbeddedPipeline({
        lakeDir,
        rules: rulesForLake(lakeDir),
        runtime: systemRuntime,
        onRollupError({ dt, hour }, error) {
          // close() retries failed hours; report each hour once.
          if (reported.has(`${dt} ${hour}`)) return;
          reported.add(`${dt} ${hour}`);
          console.error(`Rollup of ${dt} ${hour}:00 failed and keeps its previous rows: ${messageOf(error)}`);
        },
      });
      const hours = await hoursWithSamples(pipeline.store, {
        ...(from === undefined ? {} : { fromMs: from }),
        ...(to === undefined ? {} : { toMs: to }),
      });
      await pipeline.recompute(hours);
      await pipeline.close();
      const failed = hours.length - pipeline.recomputed;
      console.log(`${pipeline.recomputed} hours recomputed${failed > 0 ? `, ${failed} failed` : ''}`);
      if (failed > 0) process.exitCode = 1;
    });
