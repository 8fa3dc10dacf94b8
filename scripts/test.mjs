/**
 * `npm test`: build, types, lint and all tests. With arguments, it runs only jest and passes them on: `npm
 * test -- spool firehose`, `npm test -- -t 'keeps a record'`. `--install` installs missing programs.
 */
import { fileURLToPath } from 'node:url';
import { finishSuite, runJest, userArguments } from './jest.mjs';
import { ensurePrograms, step } from './programs.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

ensurePrograms();
const args = userArguments();
if (args.length === 0) {
  step('build', [process.execPath, 'scripts/build.mjs']);
  step('types', [process.execPath, 'node_modules/typescript/bin/tsc', '--noEmit']);
  step('lint', [process.execPath, 'node_modules/@biomejs/biome/bin/biome', 'ci', '--error-on-warnings']);
}
console.log('\n> test');
finishSuite(runJest(args));
