/** `npm run cost -- --people N`: what a fleet costs, item by item. */
import { DETAILS } from '@kinetrack/schema';
import { Command, InvalidArgumentError, Option } from 'commander';
import { SIGN_INS, STREAMS } from './assumptions.ts';
import { BUSYNESS, WAYS } from './person-hour.ts';
import { type CostQuestion, costReport } from './report.ts';

const MAX_PEOPLE = 1_000_000;

function people(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > MAX_PEOPLE) {
    throw new InvalidArgumentError(`it must be a whole number from 1 to ${MAX_PEOPLE}.`);
  }
  return value;
}

new Command('cost')
  // As everywhere: 2 for wrong use, and it has said what is wrong.
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .description(
    'Computes what a fleet costs in AWS, from the bytes and records of a measured hour and a dated table of list prices. The assumptions stand in cost/assumptions.ts.',
  )
  .requiredOption('--people <n>', 'how many people are recorded', people)
  .addOption(new Option('--detail <kind>', 'what agents send').choices(DETAILS).default('counts'))
  .addOption(
    new Option('--stream <kind>', 'how the stream is paid for; direct is Firehose without a stream')
      .choices(STREAMS)
      .default('provisioned'),
  )
  .addOption(
    new Option(
      '--through <way>',
      'track: POST /track with a token for each device; aws: credentials of AWS on each',
    )
      .choices(WAYS)
      .default('track'),
  )
  .addOption(
    new Option('--sign-in <kind>', "Cognito, which charges above 10,000 people, or the company's own issuer")
      .choices(SIGN_INS)
      .default('cognito'),
  )
  .addOption(
    new Option('--hour <kind>', 'which of the measured hours all hours are like')
      .choices(BUSYNESS)
      .default('median'),
  )
  .action((question: CostQuestion) => {
    process.stdout.write(`${costReport(question)}\n`);
  })
  .parse();
