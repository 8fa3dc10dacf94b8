/** What every command loads before it has read its arguments: the imports of the built entry, and theirs. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const OUR_PACKAGES = new Map([
  ['@kinetrack/agent', `${root}agent/dist/index.js`],
  ['@kinetrack/schema', `${root}schema/dist/index.js`],
]);

/** As esbuild and the build of the packages write them, at the beginning of a line; `await import` is none. */
const STATIC_IMPORT =
  /^(?:(?:import|export)\b(?:[^"'()]*?\bfrom)?\s*|(?:var|const) \w+ = (?:__toESM\()?(?:require|createRequire\w*\(import\.meta\.url\))\()["']([^"']+)["']/gm;

function packagesLoadedBy(file: string, seen = new Set<string>()): ReadonlySet<string> {
  const packages = new Set<string>();
  if (seen.has(file)) return packages;
  seen.add(file);
  for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(STATIC_IMPORT)) {
    const own = specifier.startsWith('.') ? resolve(dirname(file), specifier) : OUR_PACKAGES.get(specifier);
    if (own === undefined) packages.add(specifier);
    else for (const each of packagesLoadedBy(own, seen)) packages.add(each);
  }
  return packages;
}

it('loads the AWS SDK and DuckDB only for those who use them: 10 MB and 100 ms of every start', () => {
  const loaded = [...packagesLoadedBy(`${root}dist/kinetrack.js`)];
  // That the imports are found at all.
  for (const known of ['commander', 'node:crypto', 'proxy-from-env'])
    assert.ok(loaded.includes(known), known);
  const heavy = loaded.filter((name) => /^@(?:aws-sdk|smithy|duckdb)\//.test(name));
  assert.deepEqual(heavy, []);
});
