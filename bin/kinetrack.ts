#!/usr/bin/env node
/** The command line. Exit codes: 0 success, 1 failure, 2 usage error. */
import { CommanderError } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { groupCommand } from './base-command.ts';
import { describeFailure, UsageError } from './cli-error.ts';
import { deadLettersCommand } from './commands/dead-letters.ts';
import { deleteCommand } from './commands/delete.ts';
import { demoCommand } from './commands/demo.ts';
import { devicesCommand } from './commands/devices.ts';
import { doctorCommand } from './commands/doctor.ts';
import { ingestCommand } from './commands/ingest.ts';
import { lakeCommand } from './commands/lake.ts';
import { queryCommand } from './commands/query.ts';
import { replayCommand } from './commands/replay.ts';
import { rollupCommand } from './commands/rollup.ts';
import { startCommand } from './commands/start.ts';
import { statusCommand } from './commands/status.ts';
import { verifyCommand } from './commands/verify.ts';

// Hide the deprecation warning of the SDK: Kinetrack pins its version, so users cannot act on it.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

// `kinetrack query ... | head` closes the pipe early: the reader has what it wanted.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

const program = groupCommand('kinetrack')
  .description('Record computer activity (never typed text) and show where the time goes')
  .version(packageJson.version, '-V, --version', 'Print the version')
  .addHelpText('after', '\nExit codes: 0 success, 1 failure, 2 usage error.');

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
  deleteCommand(),
  replayCommand(),
  lakeCommand(),
]) {
  program.addCommand(command);
}

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

function exitCodeOf(error: unknown): number {
  // Commander has already printed its message. Help and version are not errors.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  console.error(`kinetrack: ${describeFailure(error)}`);
  return error instanceof UsageError ? 2 : 1;
}
