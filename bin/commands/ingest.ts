import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { systemRuntime } from '@kinetrack/agent';
import { messageOf, withoutBom } from '@kinetrack/schema';
import { Argument, type Command } from 'commander';
import { openEmbeddedPipeline } from '../../local/embedded-pipeline.ts';
import { ingest } from '../../local/ingest.ts';
import { prepareFolder } from '../../local/prepare-folder.ts';
import { baseCommand } from '../base-command.ts';
import { UsageError } from '../cli-error.ts';
import { newLakeOption, rulesForLake } from '../shared-options.ts';

/** More would scroll the counts out of sight. */
const SHOWN_REJECTIONS = 20;

export const ingestCommand = (): Command =>
  baseCommand('ingest')
    .description('Validate events, write them to a lake and update its rollups')
    .addArgument(new Argument('[file]', 'File with one JSON event per line (-: standard input)').default('-'))
    .addOption(newLakeOption().makeOptionMandatory())
    .addHelpText(
      'after',
      '\nExit codes: 0 all events accepted, 1 an event rejected or a rollup failed, 2 usage error.',
    )
    .action(async (file: string, options: { readonly lake: string }) => {
      const lines = await linesOf(file);
      const lakeDir = resolve(options.lake);
      await prepareFolder(lakeDir, 'a lake', '--lake');
      let failedRollups = 0;
      const pipeline = await openEmbeddedPipeline({
        lakeDir,
        rules: rulesForLake(lakeDir),
        runtime: systemRuntime,
        onRollupError({ dt, hour }, error) {
          failedRollups += 1;
          console.error(`Rollup of ${dt} ${hour}:00 failed: ${messageOf(error)}`);
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
        console.error(`... and ${shown - SHOWN_REJECTIONS} more rejected lines`);
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
        'FILE is required because standard input is a terminal. Pass a file, or pipe events to this command.',
      );
    }
    return linesIn(process.stdin);
  }
  const info = await stat(file).catch(() => undefined);
  if (info === undefined) {
    throw new UsageError(`${file}: no such file. Pass a file, or - for standard input.`);
  }
  if (info.isDirectory())
    throw new UsageError(`${file} is a folder. Pass a file with one JSON event per line.`);
  return linesIn(createReadStream(file));
}

/** Starts to read at the first request: readline drops lines that arrive earlier. */
async function* linesIn(input: Readable): AsyncGenerator<string> {
  let isFirst = true;
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    yield isFirst ? withoutBom(line) : line;
    isFirst = false;
  }
}
