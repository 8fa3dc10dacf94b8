import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { systemRuntime } from '@kinetrack/agent';
import type { DeletionReceipt } from '@kinetrack/schema';
import { messageOf } from '@kinetrack/schema';
import { Command, Option } from 'commander';
import { awaitReceipt, deleteInDeployment, openDeploymentDeletion } from '../../aws/delete-person.ts';
import { explainAws } from '../../aws/failure.ts';
import { deleteInFolder, LakeInUse, sweepFolder } from '../../local/delete-person.ts';
import { UsageError } from '../cli-error.ts';
import { describeReceipt } from '../receipt-lines.ts';
import { requireLake } from '../shared-options.ts';

interface ForgetOptions {
  readonly lake?: string;
  readonly stack?: string;
  readonly region?: string;
  readonly by: string;
  readonly dryRun: boolean;
  readonly sweep: boolean;
  readonly receipt?: string;
  readonly yes: boolean;
  readonly wait: boolean;
  readonly json: boolean;
}

/** A deletion of a large lake takes hours: then its receipt is asked for later. */
const LOOKS = 8640;

export const forgetCommand = (): Command =>
  new Command('forget')
    .description('deletes everything that is stored of one person, and gives a receipt')
    .argument('[user]', 'the user id, exactly as it stands on the events')
    .option('--lake <dir>', 'folder of a lake on this machine')
    .option('--stack <name>', 'stacks of a deployment, such as Kinetrack')
    .option('--region <region>', 'of the deployment (default: AWS_REGION or the profile)')
    .option('--by <name>', 'who asks, for the receipt', 'command line')
    .option('--dry-run', 'counts what would be removed and changes nothing', false)
    .option('--yes', 'does not ask for the user id again', false)
    .option('--no-wait', 'of a deployment: does not wait for the receipt')
    .addOption(new Option('--receipt <id>', 'of a deployment: the receipt of a deletion asked for before'))
    .option('--sweep', 'of a folder: removes what came late of people deleted before', false)
    .option('--json', 'the receipt as JSON', false)
    .addHelpText(
      'after',
      `
Raw events, rollups, summaries, screenshots, undeliverable records and earlier versions of all of them. Events of the
person that arrive later and happened before this moment stay out of every figure, and the daily sweep deletes them;
what happens afterwards is recorded anew. docs/deletion.md says what is left where, and for how long.

Exit codes: 0 done (also where nothing was found: what comes late is deleted all the same), 1 failed or not finished yet,
2 wrong use.

Examples:
  kinetrack forget ada@example.com --lake lake --dry-run
  kinetrack forget ada@example.com --stack Kinetrack --yes --json
`,
    )
    .action(async (user: string | undefined, options: ForgetOptions) => {
      if ((options.lake === undefined) === (options.stack === undefined)) {
        throw new UsageError('name one place: --lake DIR for a folder, or --stack NAME for a deployment.');
      }
      if (user !== undefined && (options.sweep || options.receipt !== undefined)) {
        throw new UsageError(
          `${options.sweep ? '--sweep' : '--receipt'} deletes nobody: leave the user id away, or the option.`,
        );
      }
      if (options.sweep) return sweep(options);
      if (options.receipt !== undefined) return print(await receiptOf(options.receipt, options), options);
      if (user === undefined || user === '') {
        throw new UsageError('USER is missing: the user id, as it stands on the events.');
      }
      if (/\p{Cc}/u.test(user)) {
        throw new UsageError(
          `USER ${JSON.stringify(user)} has a control character in it: user ids have none. A line out of a CSV ends with \\r.`,
        );
      }
      if (user.length > 128) {
        throw new UsageError(`USER has ${user.length} characters: user ids have 1 to 128.`);
      }
      if (!options.dryRun && !options.yes) await confirm(user);
      print(await forget(user, options), options);
    });

async function forget(user: string, options: ForgetOptions): Promise<DeletionReceipt | undefined> {
  const request = {
    id: randomUUID(),
    user_id: user,
    requested_by: options.by,
    ...(options.dryRun && { dry_run: true }),
  };
  if (options.lake !== undefined) {
    const lakeDir = requireLake(options.lake);
    return deleteInFolder({ lakeDir, request, runtime: systemRuntime }).catch((error: unknown) => {
      if (options.dryRun || error instanceof LakeInUse) throw error;
      throw new Error(
        `the deletion is not finished: ${messageOf(error)}. Put that right and run the same command again; it goes on where it was.`,
        { cause: error },
      );
    });
  }
  return inDeployment(options, (place) => {
    console.error(`Deletion ${request.id}`);
    return deleteInDeployment({ ...place, request, ...waiting(options.wait ? LOOKS : 0) });
  });
}

async function receiptOf(id: string, options: ForgetOptions): Promise<DeletionReceipt | undefined> {
  if (!/^[0-9A-Za-z-]{1,100}$/.test(id)) throw new UsageError('--receipt must be the id of a deletion.');
  return inDeployment(options, (place) =>
    awaitReceipt(id, { ...place, ...waiting(options.wait ? LOOKS : 1) }),
  );
}

function inDeployment<T>(
  { stack, region }: ForgetOptions,
  work: (place: Awaited<ReturnType<typeof openDeploymentDeletion>>) => Promise<T>,
): Promise<T> {
  if (stack === undefined) throw new UsageError('--receipt is for deployments: give --stack NAME.');
  return explainAws(`the deployment ${stack}`, async () =>
    work(await openDeploymentDeletion({ stack, region })),
  );
}

const waiting = (looks: number) => ({
  looks,
  wait: (ms: number) => pause(ms),
  onProgress: (state: string) => console.error(state),
});

async function sweep({ lake, json }: ForgetOptions): Promise<void> {
  if (lake === undefined) throw new UsageError('--sweep is for folders: a deployment sweeps once a day.');
  const report = await sweepFolder({ lakeDir: requireLake(lake), runtime: systemRuntime });
  if (json) console.log(JSON.stringify(report, undefined, 2));
  else
    console.log(
      `${report.objectsRead} objects read, ${report.objectsChanged} changed, ${report.removed} events removed`,
    );
}

/** Typed and not just confirmed: a list of ids in the history of a shell is one key away. */
async function confirm(user: string): Promise<void> {
  if (!process.stdin.isTTY) {
    throw new UsageError('this cannot be undone: add --yes, or --dry-run to see what it would remove.');
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const typed = await terminal.question(
      'Everything of this person will be deleted for good. Type the user id again: ',
    );
    if (typed !== user) throw new UsageError('that is another user id; nothing was deleted.');
  } finally {
    terminal.close();
  }
}

function print(receipt: DeletionReceipt | undefined, { json }: ForgetOptions): void {
  if (receipt === undefined) {
    console.error('The receipt is not there yet: ask for it with --receipt and the id.');
    process.exitCode = 1;
  } else if (json) console.log(JSON.stringify(receipt, undefined, 2));
  else process.stdout.write(describeReceipt(receipt));
}
