/**
 * `npm run bench [NAME...]`: runs the benchmarks in sequence, each in a separate process so that memory
 * figures are independent. Each prints a table and writes `bench/results/<name>.json`.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const NAMES = ['startup', 'agent', 'spool', 'wire', 'delivery', 'rollup', 'rollup-fleet', 'deletion', 'api'];

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !NAMES.includes(name));
if (unknown.length > 0) {
  console.error(`${unknown.join(', ')}: unknown benchmark; choose from ${NAMES.join(', ')}`);
  process.exit(2);
}
for (const name of asked.length === 0 ? NAMES : asked) {
  const file = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
  const { status } = spawnSync(process.execPath, ['--import', 'tsx', file], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
