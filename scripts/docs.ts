/**
 * Generates text from the schema: reference pages, the JSON Schema of config.json, the interface of the
 * tracker options. `npm run docs` writes the files; test/scripts/docs.test.ts fails if one is outdated.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { configJsonSchema } from '@kinetrack/schema';
import { configurationPage, optionsTable } from './docs/configuration.ts';
import { eventsPage } from './docs/events.ts';
import { trackerOptionsModule } from './docs/tracker-options.ts';

/** Content of each generated file, by path in the repository. */
export const generatedFiles = (): Readonly<Record<string, string>> => ({
  'agent/src/tracker-options.ts': trackerOptionsModule(),
  'docs/config.schema.json': `${JSON.stringify(configJsonSchema(), undefined, 2)}\n`,
  'docs/configuration.md': configurationPage(),
  'docs/events.md': eventsPage(),
  'agent/README.md': withOptions(currentText('agent/README.md')),
});

/** Replaces the options table between its two comments. */
const withOptions = (page: string): string =>
  page.replace(
    /(<!-- options:begin[^>]*-->\n)[\s\S]*?(<!-- options:end -->)/,
    (_, begin: string, end: string) => `${begin}\n${optionsTable()}\n\n${end}`,
  );

const root = fileURLToPath(new URL('../', import.meta.url));
export const currentText = (path: string): string => readFileSync(`${root}${path}`, 'utf8');

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, text] of Object.entries(generatedFiles())) writeFileSync(`${root}${path}`, text);
}
