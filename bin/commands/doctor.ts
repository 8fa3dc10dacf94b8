import { resolve } from 'node:path';
import { systemRuntime } from '@kinetrack/agent';
import type { Command } from 'commander';
import { type Check, runChecks } from '../../local/doctor.ts';
import { baseCommand } from '../base-command.ts';
import { dataOption, jsonOption, portOption } from '../shared-options.ts';

const MARKS: Readonly<Record<Check['result'], string>> = {
  ok: 'ok      ',
  limited: 'limited ',
  failed: 'FAILED  ',
};

export const doctorCommand = (): Command =>
  baseCommand('doctor')
    .description('Check whether Kinetrack can run on this computer, and explain how to fix problems')
    .addOption(dataOption())
    .addOption(portOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Results: ok, limited (Kinetrack runs without this feature), FAILED (Kinetrack cannot run).
Exit codes: 0 no check failed, 1 a check failed, 2 usage error.`,
    )
    .action(async (options: { readonly data: string; readonly port: number; readonly json?: true }) => {
      const checks = await runChecks({
        dataDir: resolve(options.data),
        port: options.port,
        runtime: systemRuntime,
      });
      if (options.json) console.log(JSON.stringify(checks, null, 2));
      else for (const { name, result, detail } of checks) console.log(`${MARKS[result]}${name}: ${detail}`);
      if (checks.some(({ result }) => result === 'failed')) process.exitCode = 1;
    });
