import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { defaultDataDir, systemRuntime } from '@kinetrack/agent';
import { formatUtc } from '@kinetrack/schema';
import { Command, Option } from 'commander';
import { fillDemoLake, workdayBefore } from '../../local/demo/index.ts';
import { serveLake } from '../../local/lake-host.ts';
import { ownFolder } from '../../local/own-folder.ts';
import { describeFailure } from '../cli-error.ts';
import { openInBrowser } from '../open-in-browser.ts';
import { date, wholeNumber } from '../options.ts';
import { assetsDir, DEFAULT_PORT } from '../paths.ts';
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
  new Command('demo')
    .description('fills a lake of its own with an invented fleet, and serves the dashboard on it')
    .option('--lake <dir>', 'folder of the lake', join(defaultDataDir(), 'demo-lake'))
    .addOption(count('--people <n>', 'people in the fleet', 'the number of people', 1, 1000).default(25))
    .addOption(count('--days <n>', 'days up to the last one', 'the number of days', 1, 366).default(14))
    .addOption(
      new Option('--until <date>', 'last day (default: the last working day before today)').argParser(date),
    )
    .addOption(count('--seed <n>', 'same seed, same rows', 'the seed', 0, 2 ** 31 - 1).default(1))
    .addOption(
      count(
        '--port <n>',
        'port of the dashboard on 127.0.0.1; 0 takes a free one',
        'the port',
        0,
        65_535,
      ).default(DEFAULT_PORT),
    )
    .option('--no-serve', 'only fill the lake')
    .option('--no-open', 'do not open the dashboard in a browser')
    .action(async (options: DemoOptions) => {
      const lakeDir = resolve(options.lake);
      await ownFolder(lakeDir, 'a lake', '--lake');
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
          ? `The lake of ${people} people and ${days} days is there already.`
          : `${filled.events} events of ${people} people and ${days} days, ${filled.objects} objects, ${filled.hours} hours rolled up.`,
      );
      console.log(`Lake: ${lakeDir}`);
      if (options.serve) await serve(lakeDir, filled.defaultUser, options);
    });

const count = (flags: string, description: string, name: string, min: number, max: number): Option =>
  new Option(flags, description).argParser(wholeNumber(name, min, max));

async function serve(lakeDir: string, defaultUser: string, options: DemoOptions): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'kinetrack-demo-'));
  try {
    const host = await serveLake({
      lakeDir,
      dataDir,
      port: options.port,
      assetsDir,
      defaultUser,
      note: 'Demonstration data: these people do not exist.',
      onDefect: (error) => console.error(describeFailure(error)),
      runtime: systemRuntime,
    });
    console.log(`Kinetrack dashboard: ${host.launchUrl}`);
    console.log('Ctrl+C stops.');
    if (options.open) await openInBrowser(host.launchUrl);
    await untilSignal();
    await host.close();
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** One line that rewrites itself on a terminal; silence in a pipe. */
function printProgress(text: string): void {
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${text}`);
}
