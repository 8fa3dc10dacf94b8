import { messageOf } from '@kinetrack/schema';
import type { Command } from 'commander';
import { explainAws } from '../../aws/failure.ts';
import { openPushTarget } from '../../aws/lake-push/open-push-target.ts';
import { type PushReport, pushLake } from '../../aws/lake-push/push-lake.ts';
import { FileObjectStore } from '../../local/stores/object-store.ts';
import { baseCommand, groupCommand } from '../base-command.ts';
import { UsageError } from '../cli-error.ts';
import { wholeNumber } from '../option-parsers.ts';
import {
  dryRunOption,
  jsonOption,
  lakeOption,
  regionOption,
  requireLake,
  stackOption,
} from '../shared-options.ts';

interface PushCommandOptions {
  readonly lake: string;
  readonly bucket?: string;
  readonly stack?: string;
  readonly region?: string;
  readonly concurrency: number;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** The name of a bucket, or the ARN of an access point. */
const BUCKET = /^(?:[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]|arn:.+)$/;

export const lakeCommand = (): Command =>
  groupCommand('lake').description('Copy a local lake to S3').addCommand(pushCommand());

const pushCommand = (): Command =>
  baseCommand('push')
    .description('Copy a local lake to an S3 bucket')
    .addOption(lakeOption().makeOptionMandatory())
    .option('--bucket <name>', 'Destination bucket, instead of --stack')
    .addOption(stackOption())
    .addOption(regionOption())
    .option('--concurrency <n>', 'Number of parallel uploads, from 1 to 32', wholeNumber(1, 32), 4)
    .addOption(dryRunOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Pass either --bucket or --stack. With --stack, the destination is the lake of that deployment.

Objects are compared by SHA-256. Existing objects are never overwritten, and local files are never
deleted. After an interruption, run the command again to copy the remaining objects.

You can push the lake of a running agent. Objects written during the push are copied by the next
push. To deliver future events directly to AWS, set "destination" in config.json
(docs/delivery.md).

Exit codes: 0 all objects are in the bucket, 1 failure or conflicting objects, 2 usage error.
`,
    )
    .action(async ({ lake, bucket, stack, region, concurrency, dryRun, json }: PushCommandOptions) => {
      if ((bucket === undefined) === (stack === undefined)) {
        throw new UsageError('pass exactly one of --bucket NAME and --stack NAME.');
      }
      if (bucket !== undefined && !BUCKET.test(bucket)) {
        throw new UsageError(
          `--bucket ${JSON.stringify(bucket)}: a bucket name has 3 to 63 characters of a-z, 0-9, "." and "-". Pass the name without s3:// and without a folder.`,
        );
      }
      const source = new FileObjectStore(requireLake(lake));
      const destination = await explainAws(`the deployment ${stack}`, () =>
        openPushTarget({ bucket, stack, region }),
      );
      const progress = process.stderr.isTTY && !json ? showProgress : undefined;
      const report = await explainAws(`the bucket ${destination.bucket}`, () =>
        pushLake({
          ...{ source, target: destination.target, dryRun: dryRun ?? false, concurrency },
          ...(progress !== undefined && { onProgress: progress }),
        }),
      ).catch((error: unknown) => {
        throw new Error(
          `${messageOf(error)}. Copied objects stay in the bucket. Fix the cause, then run the same command again.`,
          { cause: error },
        );
      });
      if (progress !== undefined) process.stderr.write('\n');
      if (json) console.log(JSON.stringify(report, undefined, 2));
      else process.stdout.write(describe(report, destination.bucket, dryRun ?? false));
      if (report.conflicts.length > 0) process.exitCode = 1;
    });

const showProgress = ({ objects, copied, copiedBytes }: PushReport): void => {
  process.stderr.write(`\r${objects} objects compared, ${copied} copied (${mib(copiedBytes)})`);
};

function describe(report: PushReport, bucket: string, dryRun: boolean): string {
  const { objects, bytes, copied, copiedBytes, same, differentRollups, conflicts } = report;
  if (objects === 0) return 'The lake is empty.\n';
  const lines = [
    `${objects} objects, ${mib(bytes)}, to ${bucket}`,
    `  ${dryRun ? 'to copy ' : 'copied  '}  ${copied} (${mib(copiedBytes)})${dryRun ? '' : ', verified by SHA-256'}`,
    `  existing  ${same}, identical`,
  ];
  if (differentRollups.length > 0) {
    lines.push(
      `  rollups   ${differentRollups.length} differ in the bucket and were not replaced. The deployment recomputes them from raw`,
      '            events within the raw retention.',
    );
  }
  if (conflicts.length > 0) {
    lines.push(
      `  conflict  ${conflicts.length}: a different object exists under the same key. Compare both and delete one:`,
    );
    lines.push(...conflicts.slice(0, 10).map((key) => `            ${key}`));
    if (conflicts.length > 10)
      lines.push(`            ... and ${conflicts.length - 10} more (--json lists all)`);
  }
  return `${lines.join('\n')}\n`;
}

const mib = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
