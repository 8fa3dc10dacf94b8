#!/usr/bin/env node
/** The command line. Exit codes: 0, 1 for a failure, 2 for wrong use. */
import { Command, CommanderError } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { describeFailure, UsageError } from './cli-error.ts';
import { deadLettersCommand } from './commands/dead-letters.ts';
import { demoCommand } from './commands/demo.ts';
import { devicesCommand } from './commands/devices.ts';
import { doctorCommand } from './commands/doctor.ts';
import { forgetCommand } from './commands/forget.ts';
import { ingestCommand } from './commands/ingest.ts';
import { lakeCommand } from './commands/lake.ts';
import { queryCommand } from './commands/query.ts';
import { replayCommand } from './commands/replay.ts';
import { rollupCommand } from './commands/rollup.ts';
import { startCommand } from './commands/start.ts';
import { statusCommand } from './commands/status.ts';
import { verifyCommand } from './commands/verify.ts';

// A deprecation that the SDK prints over every command: whoever installs Kinetrack has pinned its versions with it.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const program = new Command('kinetrack')
  .description('Records how this computer is used, never what is typed, and shows where the time went.')
  .version(packageJson.version)
  .showHelpAfterError('(add --help to see what is possible)')
  .addHelpText('after', '\nExit codes: 0 done, 1 failed, 2 wrong use.');

for (const command of [
  startCommand(),
  statusCommand(),
  doctorCommand(),
  demoCommand(),
  ingestCommand(),
  rollupCommand(),
  queryCommand(),
  verifyCommand(),
  deadLettersCommand(),
  devicesCommand(),
  forgetCommand(),
  replayCommand(),
  lakeCommand(),
]) {
  program.addCommand(command.showHelpAfterError('(add --help to see what is possible)'));
}

// Subcommands inherit this only when it is set before they are parsed, hence on each of them.
for (const command of [program, ...program.commands]) command.exitOverride();

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

function exitCodeOf(error: unknown): number {
  // Commander has printed its message already; help and version are no errors.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  console.error(`kinetrack: ${describeFailure(error)}`);
  return error instanceof UsageError ? 2 : 1;
}
