import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { defaultDataDir, systemRuntime } from '@kinetrack/agent';
import { formatUtc } from '@kinetrack/schema';
import { type Command, Option } from 'commander';
import { fillDemoLake, workdayBefore } from '../../local/demo/index.ts';
import { serveLake } from '../../local/lake-host.ts';
import { prepareFolder } from '../../local/prepare-folder.ts';
import { baseCommand } from '../base-command.ts';
import { describeFailure } from '../cli-error.ts';
import { assetsDir, openInBrowser } from '../dashboard-page.ts';
import { date, wholeNumber } from '../option-parsers.ts';
import { newLakeOption, noOpenOption, portOption } from '../shared-options.ts';
import { untilSignal } from '../until-signal.ts';

interface DemoOptions {
  readonly lake: string;
  readonly people: number;
  readonly days: number;
  readonly seed: number;
  readonly until?: string;
  readonly port: number;
  readonly serve: boolean;
  readonly open: boolean;
}

export const demoCommand = (): Command =>
  baseCommand('demo')
    .description('Fill a demo lake with simulated people and serve the dashboard on it')
    .addOption(newLakeOption().default(join(defaultDataDir(), 'demo-lake')))
    .addOption(count('--people <n>', 'Number of people', 1, 1000).default(25))
    .addOption(count('--days <n>', 'Number of days', 1, 366).default(14))
    .addOption(
      new Option('--until <date>', 'Last day (default: the last working day before today)').argParser(date),
    )
    .addOption(
      count('--seed <n>', 'Random seed (the same seed gives the same rows)', 0, 2 ** 31 - 1).default(1),
    )
    .addOption(portOption())
    .option('--no-serve', 'Fill the lake without serving the dashboard')
    .addOption(noOpenOption())
    .action(async (options: DemoOptions) => {
      const lakeDir = resolve(options.lake);
      await prepareFolder(lakeDir, 'a lake', '--lake');
      const { people, days, seed, until } = options;
      const filled = await fillDemoLake({
        ...{ lakeDir, people, days, seed },
        endDate: until ?? workdayBefore(formatUtc(systemRuntime.now()).slice(0, 10)),
        // Without --until the last day follows the calendar: an older demo is outdated, not a choice.
        replaceOutdated: until === undefined,
        onProgress: printProgress,
      });
      if (process.stdout.isTTY) process.stdout.write('\r\x1b[K');
      console.log(
        filled.reused
          ? `Using the existing lake: ${people} people, ${days} days.`
          : `Wrote ${filled.events} events of ${people} people over ${days} days: ${filled.objects} objects, ${filled.hours} hours of rollups.`,
      );
      console.log(`Lake: ${lakeDir}`);
      if (options.serve) await serve(lakeDir, filled.defaultUser, options);
    });

const count = (flags: string, description: string, min: number, max: number): Option =>
  new Option(flags, description).argParser(wholeNumber(min, max));

async function serve(lakeDir: string, defaultUser: string, options: DemoOptions): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'kinetrack-demo-'));
  try {
    const host = await serveLake({
      lakeDir,
      dataDir,
      port: options.port,
      assetsDir,
      defaultUser,
      note: 'Demo data: the people and their activity are simulated.',
      onDefect: (error) => console.error(describeFailure(error)),
      runtime: systemRuntime,
    });
    console.log(`Kinetrack dashboard: ${host.launchUrl}`);
    console.log('Press Ctrl+C to stop.');
    if (options.open) await openInBrowser(host.launchUrl);
    await untilSignal();
    await host.close();
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** One line, rewritten on a terminal; nothing in a pipe. */
function printProgress(text: string): void {
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${text}`);
}
