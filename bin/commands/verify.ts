import { Command } from 'commander';
import { COMPLETENESS_SQL, describeVerification, verifyLake } from '../../local/verify/index.ts';
import { UsageError } from '../cli-error.ts';
import { requireLake } from '../shared-options.ts';

interface VerifyCommandOptions {
  readonly lake?: string;
  readonly device?: string;
  readonly fromFirst: boolean;
  readonly json: boolean;
  readonly sql: boolean;
}

export const verifyCommand = (): Command =>
  new Command('verify')
    .description('which events of each device are in a lake, missing, dropped by the device, or there twice')
    .option('--lake <dir>', 'folder of the lake')
    .option('--device <id>', 'only this device (default: all)')
    .option('--from-first', 'numbers below the first one of the lake count as missing', false)
    .option('--json', 'as JSON, with every range', false)
    .option('--sql', 'prints the query that this is, to run it on Athena, and does nothing else', false)
    .addHelpText(
      'after',
      `
A device numbers its events from 1 without a gap. What it had to give up it reports, and that counts as explained.
Exit codes: 0 nothing is unexplained, 1 something is, 2 wrong use.
`,
    )
    .action(async ({ lake, device, fromFirst, json, sql }: VerifyCommandOptions) => {
      if (sql) {
        console.log(COMPLETENESS_SQL);
        return;
      }
      if (lake === undefined) throw new UsageError('--lake DIR is missing: name the folder of the lake.');
      const verification = await verifyLake({ lakeDir: requireLake(lake), deviceId: device, fromFirst });
      if (device !== undefined && verification.devices.length === 0) {
        throw new UsageError(
          `--device ${device}: no event of it is in this lake. Leave --device away to see which devices are.`,
        );
      }
      if (json) console.log(JSON.stringify(verification, undefined, 2));
      else process.stdout.write(describeVerification(verification, { fromFirst }));
      if (!verification.complete) process.exitCode = 1;
    });
