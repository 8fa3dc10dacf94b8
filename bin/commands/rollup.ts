import { systemRuntime } from '@kinetrack/agent';
import { messageOf } from '@kinetrack/schema';
import { Command, Option } from 'commander';
import { hoursWithSamples, openEmbeddedPipeline } from '../../local/embedded-pipeline.ts';
import { UsageError } from '../cli-error.ts';
import { moment } from '../options.ts';
import { requireLake, rulesForLake } from '../shared-options.ts';

interface RollupOptions {
  readonly lake: string;
  readonly from?: number;
  readonly to?: number;
}

export const rollupCommand = (): Command =>
  new Command('rollup')
    .description('recomputes the rollups of a lake out of its raw events, as after a change of the rules')
    .requiredOption('--lake <dir>', 'folder of the lake')
    .addOption(
      new Option('--from <time>', 'first hour, UTC, such as 2026-11-20T09:00Z (default: all)').argParser(
        moment,
      ),
    )
    .addOption(
      new Option('--to <time>', 'hours that begin before this time, UTC (default: all)').argParser(moment),
    )
    .action(async (options: RollupOptions) => {
      const { from, to } = options;
      if (from !== undefined && to !== undefined && from >= to) {
        throw new UsageError(
          `--from ${new Date(from).toISOString()} must be before --to ${new Date(to).toISOString()}.`,
        );
      }
      const lakeDir = requireLake(options.lake);
      const told = new Set<string>();
      const pipeline = await openEmbeddedPipeline({
        lakeDir,
        rules: rulesForLake(lakeDir),
        runtime: systemRuntime,
        onRollupError({ dt, hour }, error) {
          // Closing tries once more what failed: told twice, it reads as two failures.
          if (told.has(`${dt} ${hour}`)) return;
          told.add(`${dt} ${hour}`);
          console.error(`${dt} ${hour}:00 failed, its last rows stay: ${messageOf(error)}`);
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
