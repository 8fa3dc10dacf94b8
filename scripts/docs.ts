/**
 * What derives from the schema as text: reference pages, the JSON Schema of config.json, the interface of the tracker's
 * options. `npm run docs` writes them; test/scripts/docs.test.ts fails while one is out of date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { trackerOptionsModule } from './docs/tracker-options.ts';

/** The text of each generated file, by its path in the repository. */
export const generatedFiles = (): Readonly<Record<string, string>> => ({
  'agent/src/tracker-options.ts': trackerOptionsModule(),
});

const root = fileURLToPath(new URL('../', import.meta.url));
export const currentText = (path: string): string => readFileSync(`${root}${path}`, 'utf8');

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, text] of Object.entries(generatedFiles())) writeFileSync(`${root}${path}`, text);
}
