import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { systemRuntime } from '@kinetrack/agent';
import type { DeletionReceipt } from '@kinetrack/schema';
import { messageOf } from '@kinetrack/schema';
import type { Command } from 'commander';
import { awaitReceipt, deleteInDeployment, openDeploymentDeletion } from '../../aws/delete-person.ts';
import { explainAws } from '../../aws/failure.ts';
import { deleteInFolder, LakeInUse, sweepFolder } from '../../local/delete-person.ts';
import { baseCommand } from '../base-command.ts';
import { UsageError } from '../cli-error.ts';
import { describeReceipt } from '../receipt-lines.ts';
import {
  dryRunOption,
  jsonOption,
  lakeOption,
  ONE_PLACE,
  regionOption,
  requireLake,
  stackOption,
} from '../shared-options.ts';

interface DeleteOptions {
  readonly lake?: string;
  readonly stack?: string;
  readonly region?: string;
  readonly by: string;
  readonly dryRun?: boolean;
  readonly sweep?: boolean;
  readonly receipt?: string;
  readonly yes?: boolean;
  readonly wait: boolean;
  readonly json?: boolean;
}

/** Polls for a receipt, 12 hours: a deletion in a large lake takes hours. */
const MAX_POLLS = 8640;

export const deleteCommand = (): Command =>
  baseCommand('delete')
    .description('Delete all data of a person and print a receipt')
    .argument('[user]', 'User ID, exactly as in the events')
    .addOption(lakeOption())
    .addOption(stackOption())
    .addOption(regionOption())
    .option('--by <name>', 'Name of the requester, for the receipt', 'command line')
    .addOption(dryRunOption())
    .option('--yes', 'Do not ask for confirmation')
    .option('--no-wait', 'With --stack: do not wait for the receipt')
    .option('--receipt <id>', 'With --stack: print the receipt of an earlier deletion')
    .option('--sweep', 'With --lake: delete late events of people deleted earlier')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Pass either --lake or --stack.

Deletes raw events, rollups, summaries, screenshots, undeliverable records and all their earlier
versions. Events from before the deletion that arrive later are excluded from all figures, and the
daily sweep deletes them. Later activity of the person is recorded as usual. docs/deletion.md lists
the remaining copies and when they expire.

Exit codes: 0 success (also if no data was found), 1 failure or not finished yet, 2 usage error.

Examples:
  kinetrack delete ada@example.com --lake lake --dry-run
  kinetrack delete ada@example.com --stack Kinetrack --yes --json
`,
    )
    .action(async (user: string | undefined, options: DeleteOptions) => {
      if ((options.lake === undefined) === (options.stack === undefined)) {
        throw new UsageError(ONE_PLACE);
      }
      if (user !== undefined && (options.sweep || options.receipt !== undefined)) {
        throw new UsageError(
          `${options.sweep ? '--sweep' : '--receipt'} cannot be combined with USER. Pass only one.`,
        );
      }
      if (options.sweep) return sweep(options);
      if (options.receipt !== undefined) return print(await receiptOf(options.receipt, options), options);
      if (user === undefined || user === '') {
        throw new UsageError('USER is required: the user ID, exactly as in the events.');
      }
      if (/\p{Cc}/u.test(user)) {
        throw new UsageError(
          `USER ${JSON.stringify(user)} contains a control character, which no user ID has. Lines of a CSV file can end with \\r.`,
        );
      }
      if (user.length > 128) {
        throw new UsageError(`USER has ${user.length} characters. A user ID has 1 to 128.`);
      }
      if (!options.dryRun && !options.yes) await confirm(user);
      print(await deleteUser(user, options), options);
    });

async function deleteUser(user: string, options: DeleteOptions): Promise<DeletionReceipt | undefined> {
  const request = {
    id: randomUUID(),
    user_id: user,
    requested_by: options.by,
    ...(options.dryRun === true && { dry_run: true }),
  };
  if (options.lake !== undefined) {
    const lakeDir = requireLake(options.lake);
    return deleteInFolder({ lakeDir, request, runtime: systemRuntime }).catch((error: unknown) => {
      if (options.dryRun || error instanceof LakeInUse) throw error;
      throw new Error(
        `the deletion is not finished: ${messageOf(error)}. Fix the cause, then run the same command again to continue.`,
        { cause: error },
      );
    });
  }
  return inDeployment(options, (place) => {
    console.error(`Deletion ID: ${request.id}`);
    return deleteInDeployment({ ...place, request, ...waiting(options.wait ? MAX_POLLS : 0) });
  });
}

async function receiptOf(id: string, options: DeleteOptions): Promise<DeletionReceipt | undefined> {
  if (!/^[0-9A-Za-z-]{1,100}$/.test(id))
    throw new UsageError(`--receipt ${JSON.stringify(id)} is not a deletion ID.`);
  return inDeployment(options, (place) =>
    awaitReceipt(id, { ...place, ...waiting(options.wait ? MAX_POLLS : 1) }),
  );
}

function inDeployment<T>(
  { stack, region }: DeleteOptions,
  work: (place: Awaited<ReturnType<typeof openDeploymentDeletion>>) => Promise<T>,
): Promise<T> {
  if (stack === undefined) throw new UsageError('--receipt requires --stack NAME.');
  return explainAws(`the deployment ${stack}`, async () =>
    work(await openDeploymentDeletion({ stack, region })),
  );
}

const waiting = (looks: number) => ({
  looks,
  wait: (ms: number) => pause(ms),
  onProgress: (state: string) => console.error(state),
});

async function sweep({ lake, json }: DeleteOptions): Promise<void> {
  if (lake === undefined) throw new UsageError('--sweep requires --lake DIR. A deployment sweeps daily.');
  const report = await sweepFolder({ lakeDir: requireLake(lake), runtime: systemRuntime });
  if (json) console.log(JSON.stringify(report, undefined, 2));
  else
    console.log(
      `${report.objectsRead} objects read, ${report.objectsChanged} changed, ${report.removed} events deleted`,
    );
}

/** Requires the user ID instead of `y`: shell history makes it easy to repeat a wrong command. */
async function confirm(user: string): Promise<void> {
  if (!process.stdin.isTTY) {
    throw new UsageError('a deletion cannot be undone. Confirm with --yes, or preview with --dry-run.');
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const typed = await terminal.question(
      'All data of this person will be permanently deleted. Type the user ID to confirm: ',
    );
    if (typed !== user) throw new UsageError('the user IDs differ. Nothing was deleted.');
  } finally {
    terminal.close();
  }
}

function print(receipt: DeletionReceipt | undefined, { json }: DeleteOptions): void {
  if (receipt === undefined) {
    console.error('The deletion is not finished yet. Get the receipt later with --receipt ID.');
    process.exitCode = 1;
  } else if (json) console.log(JSON.stringify(receipt, undefined, 2));
  else process.stdout.write(describeReceipt(receipt));
}
