/**
 * Everything that has to hold before a change lands: `npm test`. Arguments go to jest, and only the tests run then:
 * `npm test -- spool firehose`, `npm test -- -t 'keeps a record'`. `--install` installs missing programs.
 */
import { fileURLToPath } from 'node:url';
import { conclude, passedOn, runJest } from './jest.mjs';
import { bringPrograms, step } from './programs.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

bringPrograms();
const args = passedOn();
if (args.length === 0) {
  step('build', [process.execPath, 'scripts/build.mjs']);
  step('types', [process.execPath, 'node_modules/typescript/bin/tsc', '--noEmit']);
  step('lint', [process.execPath, 'node_modules/@biomejs/biome/bin/biome', 'ci', '--error-on-warnings']);
}
console.log('\n> test');
conclude(runJest(args));
