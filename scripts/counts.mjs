/** Prints the sum of what the suites counted: `node scripts/counts.mjs FILE SUITES`. */
import { readFileSync } from 'node:fs';

const [file = '', suites = ''] = process.argv.slice(2);
const counts = readFileSync(file, 'utf8')
  .split('\n')
  .filter(Boolean)
  .map((line) => JSON.parse(line));
const sum = (name) => counts.reduce((total, each) => total + each[name], 0);
// A suite that ended before it could count has failed.
const failed = sum('failed') + (Number(suites) - counts.length);
console.log(`${sum('passed')} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
