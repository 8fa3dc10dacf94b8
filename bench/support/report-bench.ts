/** Prints figures as a table and stores them as JSON. */
import { mkdir, writeFile } from 'node:fs/promises';
import { arch, cpus, platform } from 'node:os';

export type Figures = Readonly<Record<string, number>>;

const RESULTS = new URL('../results/', import.meta.url);

/** Prints the table and writes `bench/results/<name>.json`, including the machine. */
export async function reportBench(name: string, figures: Figures): Promise<void> {
  const machine = `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown'}, ${platform()} ${arch()}, Node ${process.version}`;
  await mkdir(RESULTS, { recursive: true });
  await writeFile(
    new URL(`${name}.json`, RESULTS),
    `${JSON.stringify({ bench: name, machine, figures }, null, 2)}\n`,
  );
  process.stdout.write(`${name} on ${machine}\n`);
  console.table(figures);
}
