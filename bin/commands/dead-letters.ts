import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type DeadLetter, defaultDataDir, listDeadLetters, systemRuntime } from '@kinetrack/agent';
import { hasCode } from '@kinetrack/schema';
import { Command } from 'commander';
import { readConfig } from '../../local/config-file.ts';

interface DeadLettersOptions {
  readonly data: string;
  readonly json: boolean;
  readonly export?: string;
}

export const deadLettersCommand = (): Command =>
  new Command('dead-letters')
    .description('events that the destination refused for good, and why')
    .option('--data <dir>', 'data directory of the agent', defaultDataDir())
    .option('--json', 'as JSON lines, without the events themselves', false)
    .option('--export <file>', 'write the events to a new file, a line each, ready for `kinetrack ingest`')
    .action(async (options: DeadLettersOptions) => {
      const dataDir = resolve(options.data);
      const keyStore = readConfig(dataDir).key_store ?? 'auto';
      const letters = await listDeadLetters({ dataDir, keyStore, runtime: systemRuntime });
      if (options.json) {
        for (const { seq, code, reason } of letters) console.log(JSON.stringify({ seq, code, reason }));
      } else print(letters, dataDir);
      if (options.export === undefined) return;
      const path = resolve(options.export);
      // Never over a file that is there: it may be the only copy of something.
      const text = letters.map(({ line }) => `${line}\n`).join('');
      await writeFile(path, text, { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
        if (!hasCode(error, 'EEXIST')) throw error;
        throw new Error(`${path} is there already: name another file.`, { cause: error });
      });
      console.error(`${letters.length} events written to ${path}`);
    });

function print(letters: readonly DeadLetter[], dataDir: string): void {
  if (letters.length === 0) {
    console.log(`No dead letters in ${dataDir}: nothing was refused for good.`);
    return;
  }
  const byReason = new Map<string, number[]>();
  for (const { reason, seq } of letters) byReason.set(reason, [...(byReason.get(reason) ?? []), seq]);
  for (const [reason, seqs] of byReason) {
    const span = seqs.length === 1 ? `seq ${seqs[0]}` : `seq ${Math.min(...seqs)} to ${Math.max(...seqs)}`;
    console.log(`${String(seqs.length).padStart(6)}  ${reason} (${span})`);
  }
  console.log('They were counted as dropped. `--export FILE` writes them out.');
}
