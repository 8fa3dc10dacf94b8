/** `npm run cost -- --people N`: prints the itemized cost of a fleet. */
import { DETAILS } from '@kinetrack/schema';
import { Command, InvalidArgumentError, Option } from 'commander';
import { SIGN_INS, STREAMS } from './assumptions.ts';
import { BUSYNESS, WAYS } from './person-hour.ts';
import { type CostQuestion, costReport } from './report.ts';

const MAX_PEOPLE = 1_000_000;

function people(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > MAX_PEOPLE) {
    throw new InvalidArgumentError(`Must be a whole number from 1 to ${MAX_PEOPLE}.`);
  }
  return value;
}

new Command('cost')
  // Exit code 2 for usage errors, as in all commands. Commander has printed the error.
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .description(
    'Compute the AWS cost of a fleet from a measured hour and dated list prices. cost/assumptions.ts has the assumptions.',
  )
  .requiredOption('--people <n>', 'Number of recorded people', people)
  .addOption(new Option('--detail <kind>', 'Recorded detail').choices(DETAILS).default('counts'))
  .addOption(
    new Option('--stream <kind>', 'Capacity mode of the stream; direct: Firehose without a stream')
      .choices(STREAMS)
      .default('provisioned'),
  )
  .addOption(
    new Option(
      '--through <way>',
      'Path of the events; track: POST /track with device tokens; aws: AWS credentials on every device',
    )
      .choices(WAYS)
      .default('track'),
  )
  .addOption(
    new Option('--sign-in <kind>', 'Sign-in; cognito: charged above 10,000 people; oidc: an existing issuer')
      .choices(SIGN_INS)
      .default('cognito'),
  )
  .addOption(
    new Option('--hour <kind>', 'Measured hour that all hours are like').choices(BUSYNESS).default('median'),
  )
  .action((question: CostQuestion) => {
    process.stdout.write(`${costReport(question)}\n`);
  })
  .parse();
