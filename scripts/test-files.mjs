import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Needs tools of its own: `npm run conformance`. */
const CONFORMANCE = 'test/conformance';

/** The test files that `npm test` runs, sorted. */
export const unitTestFiles = () => testFiles('test').filter((file) => !file.startsWith(`${CONFORMANCE}/`));

/** The test files in a folder and below, sorted. */
export function testFiles(folder) {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) return testFiles(path);
      return name.endsWith('.test.ts') ? [path] : [];
    });
}

/** What runs TypeScript tests, with the fixed seed of property tests. */
export const NODE_TEST = [
  '--import',
  'tsx',
  '--import',
  new URL('../test/support/seed.ts', import.meta.url).href,
  '--test',
];
