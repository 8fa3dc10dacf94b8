import { resolve } from 'node:path';
import { createLogger, systemRuntime, type TrackerStatus } from '@kinetrack/agent';
import {
  type GivenSettings,
  helpOf,
  INSTALLATION_SETTINGS,
  type InstallationSetting,
} from '@kinetrack/schema';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { settingFromText } from '../../local/config-file.ts';
import { type Host, startHost } from '../../local/host.ts';
import { baseCommand } from '../base-command.ts';
import { assetsDir, openInBrowser } from '../dashboard-page.ts';
import { dataOption, noOpenOption, portOption } from '../shared-options.ts';
import { untilSignal } from '../until-signal.ts';

/** Parsed options, by Commander's attribute names. */
type SettingOptions = Readonly<Record<string, unknown>>;

interface StartOptions extends SettingOptions {
  readonly data: string;
  readonly port: number;
  readonly open: boolean;
}

export function startCommand(): Command {
  const command = baseCommand('start')
    .description('Record activity on this computer and serve the dashboard')
    .addOption(dataOption())
    .addOption(portOption())
    .addOption(noOpenOption());
  for (const setting of INSTALLATION_SETTINGS) command.addOption(optionFor(setting));
  return command.action(start);
}

async function start(options: StartOptions): Promise<void> {
  const dataDir = resolve(options.data);
  // Before startHost, so that Ctrl+C during the start is not a crash.
  const stopped = untilSignal();
  const host = await startHost({
    dataDir,
    port: options.port,
    assetsDir,
    settings: settingsFrom(options),
    runtime: systemRuntime,
    logger: createLogger({ level: 'warn', write: (line) => process.stderr.write(`${line}\n`) }),
  });
  printStart(host, dataDir);
  if (options.open) await openInBrowser(host.launchUrl);
  await stopped;
  console.log('Stopping. Writing recorded events to disk.');
  await host.close();
}

function printStart(host: Host, dataDir: string): void {
  console.log(`Kinetrack dashboard: ${host.launchUrl}`);
  console.log(`Data: ${dataDir}`);
  for (const line of captureLines(host.tracker.status().capabilities)) console.log(line);
  console.log('Kinetrack counts key presses but never records what you type. Press Ctrl+C to stop.');
}

/** One line for the captured sources, and one per reason for the others. */
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

/** The settings among the options of the command. */
function settingsFrom(options: SettingOptions): GivenSettings {
  return Object.fromEntries(
    INSTALLATION_SETTINGS.map((setting) => [setting.key, options[optionFor(setting).attributeName()]]).filter(
      ([, value]) => value !== undefined,
    ),
  );
}

/** Without a default: an omitted option leaves the setting to the environment and config.json. */
function optionFor({ key, flag, inFile }: InstallationSetting): Option {
  const { limits, unit, rule } = inFile;
  const placeholder = limits.kind === 'choice' ? 'choice' : limits.kind === 'string' ? 'text' : (unit ?? 'n');
  return new Option(`${flag} <${placeholder}>`, helpOf(inFile)).argParser((text: string) => {
    const value = settingFromText(key, text);
    if (value === undefined) throw new InvalidArgumentError(`${flag} ${rule}.`);
    return value;
  });
}
