import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { systemRuntime } from '@kinetrack/agent';
import { messageOf } from '@kinetrack/schema';
import { Argument, Command } from 'commander';
import { openEmbeddedPipeline } from '../../local/embedded-pipeline.ts';
import { ingest } from '../../local/ingest.ts';
import { ownFolder } from '../../local/own-folder.ts';
import { UsageError } from '../cli-error.ts';
import { rulesForLake } from '../shared-options.ts';

/** More would scroll the counts out of sight. */
const SHOWN_REJECTIONS = 20;

export const ingestCommand = (): Command =>
  new Command('ingest')
    .description('event lines through validation and the local Firehose into a lake, with their rollups')
    .addArgument(new Argument('[file]', 'file with one JSON event a line; - is standard input').default('-'))
    .requiredOption('--lake <dir>', 'folder of the lake; made when missing')
    .action(async (file: string, options: { readonly lake: string }) => {
      const lines = await linesOf(file);
      const lakeDir = resolve(options.lake);
      await ownFolder(lakeDir, 'a lake', '--lake');
      let failedRollups = 0;
      const pipeline = await openEmbeddedPipeline({
        lakeDir,
        rules: rulesForLake(lakeDir),
        runtime: systemRuntime,
        onRollupError({ dt, hour }, error) {
          failedRollups += 1;
          console.error(`rollup of ${dt} ${hour}:00 failed: ${messageOf(error)}`);
        },
      });
      let shown = 0;
      const report = await ingest({
        lines,
        firehose: pipeline.firehose,
        onRejected({ lineNumber, message }) {
          shown += 1;
          if (shown <= SHOWN_REJECTIONS) console.error(`line ${lineNumber}: ${message}`);
        },
      });
      await pipeline.close();
      if (shown > SHOWN_REJECTIONS) {
        console.error(`... and ${shown - SHOWN_REJECTIONS} more lines were rejected`);
      }
      printReport(report, pipeline.recomputed);
      if (shown > 0 || failedRollups > 0) process.exitCode = 1;
    });

function printReport(
  report: { accepted: number; rejected: Readonly<Record<string, number>>; objects: number },
  hours: number,
): void {
  const reasons = Object.entries(report.rejected);
  const rejected = reasons.reduce((sum, [, count]) => sum + count, 0);
  console.log(`accepted   ${report.accepted}`);
  console.log(`rejected   ${rejected}`);
  for (const [reason, count] of reasons) console.log(`  ${reason}  ${count}`);
  console.log(`objects    ${report.objects} written`);
  console.log(`rollups    ${hours} hours`);
}

async function linesOf(file: string): Promise<AsyncIterable<string>> {
  if (file === '-') {
    if (process.stdin.isTTY) {
      throw new UsageError(
        'no FILE was given and standard input is a terminal: name a file, or pipe events in.',
      );
    }
    return linesIn(process.stdin);
  }
  const info = await stat(file).catch(() => undefined);
  if (info === undefined) {
    throw new UsageError(`${file}: there is no such file. Name one, or use - for standard input.`);
  }
  if (info.isDirectory())
    throw new UsageError(`${file} is a folder: name a file with one JSON event a line.`);
  return linesIn(createReadStream(file));
}

/** Begins to read with the first line that is asked for: readline drops the lines that come before. */
async function* linesIn(input: Readable): AsyncGenerator<string> {
  yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
}
