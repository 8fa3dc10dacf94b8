/** Prints the total of all suites: `node scripts/counts.mjs FILE SUITES`. */
import { readFileSync } from 'node:fs';

const [file = '', suites = ''] = process.argv.slice(2);
const counts = readFileSync(file, 'utf8')
  .split('\n')
  .filter(Boolean)
  .map((line) => JSON.parse(line));
const sum = (name) => counts.reduce((total, each) => total + each[name], 0);
// A suite without counts has failed.
const failed = sum('failed') + (Number(suites) - counts.length);
console.log(`${sum('passed')} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
