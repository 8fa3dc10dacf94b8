import { messageOf } from '@kinetrack/schema';
import { Command } from 'commander';
import { explainAws } from '../../aws/failure.ts';
import { openPushTarget } from '../../aws/lake-push/open-push-target.ts';
import { type PushReport, pushLake } from '../../aws/lake-push/push-lake.ts';
import { FileObjectStore } from '../../local/stores/object-store.ts';
import { UsageError } from '../cli-error.ts';
import { wholeNumber } from '../options.ts';
import { requireLake } from '../shared-options.ts';

interface PushCommandOptions {
  readonly lake: string;
  readonly bucket?: string;
  readonly stack?: string;
  readonly region?: string;
  readonly concurrency: number;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/** The name of a bucket, or the ARN of an access point. */
const BUCKET = /^(?:[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]|arn:.+)$/;

export const lakeCommand = (): Command =>
  new Command('lake').description('copies a lake of this machine into a bucket').addCommand(pushCommand());

const pushCommand = (): Command =>
  new Command('push')
    .description(
      'copies a local lake into an S3 bucket; repeat it after an interruption and it sends the rest',
    )
    .requiredOption('--lake <dir>', 'folder of the lake')
    .option('--bucket <name>', 'bucket to copy to')
    .option('--stack <name>', 'a deployment, such as Kinetrack: copies to its lake')
    .option('--region <region>', 'where it is (default: AWS_REGION or the profile)')
    .option('--concurrency <n>', 'objects at once, 1 to 32', wholeNumber('--concurrency', 1, 32), 4)
    .option('--dry-run', 'looks what would be sent, and sends nothing', false)
    .option('--json', 'the report as JSON', false)
    .showHelpAfterError('(add --help to see what is possible)')
    .exitOverride()
    .addHelpText(
      'after',
      `
Every object is compared by its SHA-256; nothing in the bucket is overwritten, and nothing is deleted here.
The lake of a running agent can be pushed: what it writes meanwhile goes with the next push. To send there from now on,
set "destination" in config.json (docs/delivery.md).
Exit codes: 0 everything is there, 1 it failed or another object lies under a key, 2 wrong use.
`,
    )
    .action(async ({ lake, bucket, stack, region, concurrency, dryRun, json }: PushCommandOptions) => {
      if ((bucket === undefined) === (stack === undefined)) {
        throw new UsageError('name the bucket with --bucket, or a deployment with --stack, and not both.');
      }
      if (bucket !== undefined && !BUCKET.test(bucket)) {
        throw new UsageError(
          `--bucket ${JSON.stringify(bucket)}: names have 3 to 63 of a-z, 0-9, "." and "-"; give the name alone, without s3:// and without a folder.`,
        );
      }
      const source = new FileObjectStore(requireLake(lake));
      const destination = await explainAws(`the deployment ${stack}`, () =>
        openPushTarget({ bucket, stack, region }),
      );
      const progress = process.stderr.isTTY && !json ? showProgress : undefined;
      const report = await explainAws(`the bucket ${destination.bucket}`, () =>
        pushLake({
          ...{ source, target: destination.target, dryRun, concurrency },
          ...(progress !== undefined && { onProgress: progress }),
        }),
      ).catch((error: unknown) => {
        throw new Error(
          `${messageOf(error)}. What was sent stays there; run the same command again once the cause is gone.`,
          { cause: error },
        );
      });
      if (progress !== undefined) process.stderr.write('\n');
      if (json) console.log(JSON.stringify(report, undefined, 2));
      else process.stdout.write(describe(report, destination.bucket, dryRun));
      if (report.conflicts.length > 0) process.exitCode = 1;
    });

const showProgress = ({ objects, copied, copiedBytes }: PushReport): void => {
  process.stderr.write(`\r${objects} objects looked at, ${copied} sent (${mib(copiedBytes)})`);
};

function describe(report: PushReport, bucket: string, dryRun: boolean): string {
  const { objects, bytes, copied, copiedBytes, same, differentRollups, conflicts } = report;
  if (objects === 0) return 'There is nothing in this lake yet.\n';
  const lines = [
    `${objects} objects, ${mib(bytes)}, to ${bucket}`,
    `  ${dryRun ? 'to send' : 'sent   '}  ${copied} (${mib(copiedBytes)})${dryRun ? '' : ', each confirmed by its SHA-256'}`,
    `  there    ${same}, the same byte by byte`,
  ];
  if (differentRollups.length > 0) {
    lines.push(
      `  rollups  ${differentRollups.length} are there with other rows and stay: a deployment computes them again from the raw events,`,
      '           as long as the hour is younger than its raw retention',
    );
  }
  if (conflicts.length > 0) {
    lines.push(
      `  conflict ${conflicts.length}: another object lies under the key; compare them and remove one:`,
    );
    lines.push(...conflicts.slice(0, 10).map((key) => `           ${key}`));
    if (conflicts.length > 10) lines.push(`           and ${conflicts.length - 10} more (--json lists all)`);
  }
  return `${lines.join('\n')}\n`;
}

const mib = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
