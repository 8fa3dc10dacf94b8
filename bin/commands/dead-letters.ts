import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type DeadLetter, listDeadLetters, systemRuntime } from '@kinetrack/agent';
import { hasCode, trackerSettingsOf } from '@kinetrack/schema';
import type { Command } from 'commander';
import { readSettings } from '../../local/config-file.ts';
import { baseCommand } from '../base-command.ts';
import { dataOption, jsonOption } from '../shared-options.ts';

interface DeadLettersOptions {
  readonly data: string;
  readonly json?: boolean;
  readonly export?: string;
}

export const deadLettersCommand = (): Command =>
  baseCommand('dead-letters')
    .description('List events that the destination permanently rejected')
    .addOption(dataOption())
    .addOption(jsonOption('Print JSON Lines, without the events'))
    .option('--export <file>', 'Write the events to a new file, as input for `kinetrack ingest`')
    .action(async (options: DeadLettersOptions) => {
      const dataDir = resolve(options.data);
      const { keyStore } = trackerSettingsOf(readSettings(dataDir, { env: process.env }));
      const letters = await listDeadLetters({ dataDir, keyStore, runtime: systemRuntime });
      if (options.json) {
        for (const { seq, code, reason } of letters) console.log(JSON.stringify({ seq, code, reason }));
      } else print(letters, dataDir);
      if (options.export === undefined) return;
      const path = resolve(options.export);
      // Never overwrite a file: it may be the only copy of something.
      const text = letters.map(({ line }) => `${line}\n`).join('');
      await writeFile(path, text, { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
        if (!hasCode(error, 'EEXIST')) throw error;
        throw new Error(`${path} already exists. Pass another file name.`, { cause: error });
      });
      console.error(`Wrote ${letters.length} events to ${path}`);
    });

function print(letters: readonly DeadLetter[], dataDir: string): void {
  if (letters.length === 0) {
    console.log(`No dead letters in ${dataDir}.`);
    return;
  }
  const byReason = new Map<string, number[]>();
  for (const { reason, seq } of letters) byReason.set(reason, [...(byReason.get(reason) ?? []), seq]);
  for (const [reason, seqs] of byReason) {
    const span = seqs.length === 1 ? `seq ${seqs[0]}` : `seq ${Math.min(...seqs)} to ${Math.max(...seqs)}`;
    console.log(`${String(seqs.length).padStart(6)}  ${reason} (${span})`);
  }
  console.log('These events count as dropped. Export them with `--export FILE`.');
}
