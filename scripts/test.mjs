/**
 * Everything that has to hold before a change lands: `npm test`. With arguments it runs only the test files
 * whose path contains one of them: `npm test -- spool firehose`.
 */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { bringPrograms, forgetKeystore, step, stop } from './programs.mjs';
import { NODE_TEST, unitTestFiles } from './test-files.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);

/** The default is one less than there are cores: on a machine with two, one file after the other. */
const CONCURRENCY = `--test-concurrency=${Math.max(2, availableParallelism())}`;

bringPrograms();
forgetKeystore();
const filters = process.argv.slice(2);
if (filters.length === 0) {
  step('build', [process.execPath, 'scripts/build.mjs']);
  step('types', [process.execPath, 'node_modules/typescript/bin/tsc', '--noEmit']);
  step('lint', [process.execPath, 'node_modules/@biomejs/biome/bin/biome', 'ci', '--error-on-warnings']);
}
const files = unitTestFiles().filter(
  (file) => filters.length === 0 || filters.some((filter) => file.includes(filter)),
);
if (files.length === 0)
  stop(`no test file matches ${filters.join(' ')}; they lie under test/ and end in .test.ts`);
step('test', [process.execPath, ...NODE_TEST, CONCURRENCY, '--test-timeout=300000', ...files]);
