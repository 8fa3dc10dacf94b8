import { resolve } from 'node:path';
import { defaultDataDir, systemRuntime } from '@kinetrack/agent';
import { Command, Option } from 'commander';
import { type Check, examine } from '../../local/doctor.ts';
import { wholeNumber } from '../options.ts';
import { DEFAULT_PORT } from '../paths.ts';

const MARKS: Readonly<Record<Check['result'], string>> = {
  ok: 'ok      ',
  limited: 'limited ',
  failed: 'FAILED  ',
};

export const doctorCommand = (): Command =>
  new Command('doctor')
    .description('tries what this machine can do, and says what is missing and how to get it')
    .option('--data <dir>', 'data directory of the agent', defaultDataDir())
    .addOption(
      new Option('--port <n>', 'port of the dashboard')
        .argParser(wholeNumber('the port', 0, 65_535))
        .default(DEFAULT_PORT),
    )
    .option('--json', 'as JSON', false)
    .addHelpText('after', '\nExit code 1 where something fails without which Kinetrack does not run.')
    .action(async (options: { readonly data: string; readonly port: number; readonly json: boolean }) => {
      const checks = await examine({
        dataDir: resolve(options.data),
        port: options.port,
        runtime: systemRuntime,
      });
      if (options.json) console.log(JSON.stringify(checks, null, 2));
      else for (const { name, result, detail } of checks) console.log(`${MARKS[result]}${name}: ${detail}`);
      if (checks.some(({ result }) => result === 'failed')) process.exitCode = 1;
    });
