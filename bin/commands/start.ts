import { resolve } from 'node:path';
import { createLogger, defaultDataDir, systemRuntime, type TrackerStatus } from '@kinetrack/agent';
import { Command, Option } from 'commander';
import { type Host, startHost } from '../../local/host.ts';
import { openInBrowser } from '../open-in-browser.ts';
import { wholeNumber } from '../options.ts';
import { assetsDir, DEFAULT_PORT } from '../paths.ts';
import { type SettingTexts, settingOptions, settingsFrom } from '../setting-options.ts';
import { untilSignal } from '../until-signal.ts';

interface StartOptions extends SettingTexts {
  readonly data: string;
  readonly port: number;
  readonly open: boolean;
}

export function startCommand(): Command {
  const command = new Command('start')
    .description('starts the agent and the embedded pipeline, and serves the dashboard on this machine')
    .option('--data <dir>', 'folder for everything that is kept', defaultDataDir())
    .addOption(
      new Option('--port <n>', 'port of the dashboard on 127.0.0.1; 0 takes a free one')
        .argParser(wholeNumber('the port', 0, 65_535))
        .default(DEFAULT_PORT),
    )
    .option('--no-open', 'do not open the dashboard in a browser');
  for (const option of settingOptions()) command.addOption(option);
  return command.action(start);
}

async function start(options: StartOptions): Promise<void> {
  const dataDir = resolve(options.data);
  // From here on, so that Ctrl+C while it starts is no crash.
  const stopped = untilSignal();
  const host = await startHost({
    dataDir,
    port: options.port,
    assetsDir,
    settings: settingsFrom(options),
    runtime: systemRuntime,
    logger: createLogger({ level: 'warn', write: (line) => process.stderr.write(`${line}\n`) }),
  });
  announceOnScreen(host, dataDir);
  if (options.open) await openInBrowser(host.launchUrl);
  await stopped;
  console.log('Stopping: what was recorded is being stored.');
  await host.close();
}

function announceOnScreen(host: Host, dataDir: string): void {
  console.log(`Kinetrack dashboard: ${host.launchUrl}`);
  console.log(`Data: ${dataDir}`);
  for (const line of captureLines(host.tracker.status().capabilities)) console.log(line);
  console.log('What you type is never recorded, only how much. Ctrl+C stops.');
}

/** One line for what is captured, and one sentence for everything that a reason keeps from it. */
function captureLines(capabilities: TrackerStatus['capabilities']): readonly string[] {
  const names = new Map<string, string[]>();
  for (const [name, capability] of Object.entries(capabilities)) {
    const line = capability.status === 'unavailable' ? capability.reason : '';
    names.set(line, [...(names.get(line) ?? []), name]);
  }
  return [...names].map(([reason, sources]) =>
    reason === '' ? `Captured: ${sources.join(', ')}` : `Not captured: ${sources.join(', ')}. ${reason}`,
  );
}
