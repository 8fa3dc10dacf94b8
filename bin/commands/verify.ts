import type { Command } from 'commander';
import { COMPLETENESS_SQL, describeVerification, verifyLake } from '../../local/verify/index.ts';
import { baseCommand } from '../base-command.ts';
import { UsageError } from '../cli-error.ts';
import { jsonOption, lakeOption, requireLake } from '../shared-options.ts';

interface VerifyCommandOptions {
  readonly lake?: string;
  readonly device?: string;
  readonly fromFirst?: boolean;
  readonly json?: boolean;
  readonly sql?: boolean;
}

export const verifyCommand = (): Command =>
  baseCommand('verify')
    .description('Check a lake for missing events')
    .addOption(lakeOption())
    .option('--device <id>', 'Only this device (default: all devices)')
    .option('--from-first', 'Count events before the first one in the lake as missing')
    .addOption(jsonOption())
    .option('--sql', 'Print the SQL of this check for Athena instead of running it')
    .addHelpText(
      'after',
      `
Each device numbers its events without gaps, starting at 1 (the seq field). Missing numbers are
lost events, unless the device reported them as dropped.

Exit codes: 0 no unexplained gap, 1 at least one unexplained gap, 2 usage error.
`,
    )
    .action(async ({ lake, device, fromFirst = false, json, sql }: VerifyCommandOptions) => {
      if (sql) {
        console.log(COMPLETENESS_SQL);
        return;
      }
      const verification = await verifyLake({ lakeDir: requireLake(lake), deviceId: device, fromFirst });
      if (device !== undefined && verification.devices.length === 0) {
        throw new UsageError(
          `--device ${device}: the lake has no event of this device. Omit --device to list all devices.`,
        );
      }
      if (json) console.log(JSON.stringify(verification, undefined, 2));
      else process.stdout.write(describeVerification(verification, { fromFirst }));
      if (!verification.complete) process.exitCode = 1;
    });
