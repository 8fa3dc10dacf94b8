import { resolve } from 'node:path';
import { createLogger, systemRuntime, type TrackerStatus } from '@kinetrack/agent';
import type { Command } from 'commander';
import { type Host, startHost } from '../../local/host.ts';
import { baseCommand } from '../base-command.ts';
import { openInBrowser } from '../open-in-browser.ts';
import { assetsDir } from '../paths.ts';
import { type SettingTexts, settingOptions, settingsFrom } from '../setting-options.ts';
import { dataOption, noOpenOption, portOption } from '../shared-options.ts';
import { untilSignal } from '../until-signal.ts';

interface StartOptions extends SettingTexts {
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
  for (const option of settingOptions()) command.addOption(option);
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
  announceOnScreen(host, dataDir);
  if (options.open) await openInBrowser(host.launchUrl);
  await stopped;
  console.log('Stopping. Writing recorded events to disk.');
  await host.close();
}

function announceOnScreen(host: Host, dataDir: string): void {
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
