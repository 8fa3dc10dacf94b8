/** The marker file of a demo lake, with its parameters. Folders without it are never written to. */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

/** Everything that determines the bytes of the lake. */
const parameters = z.strictObject({
  generator: z.int(),
  rules: z.string(),
  people: z.int(),
  days: z.int(),
  seed: z.int(),
  end_date: z.string(),
});
export type DemoParameters = z.infer<typeof parameters>;

const filled = z.strictObject({ events: z.int(), objects: z.int(), hours: z.int() });
export type DemoFigures = z.infer<typeof filled>;

/** `filled` is missing until the lake is complete. */
const marker = z.strictObject({ parameters, filled: filled.optional() });

const MARKER = 'demo.json';
/** Files and folders of a demo lake. */
const DEMO_NAMES: readonly string[] = [MARKER, `${MARKER}.new`, 'raw', 'rollup'];
/** Parameters that change with the date or with a new version of the program. */
const MAY_BE_OUTDATED: readonly string[] = [
  'generator',
  'rules',
  'end_date',
] satisfies (keyof DemoParameters)[];

export class DemoLakeError extends Error {
  constructor(
    readonly code: 'folder_in_use' | 'delivery_failed',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'DemoLakeError';
  }
}

/**
 * Prepares a folder for a demo lake and returns the figures of a complete lake. If undefined, the lake must be
 * filled; refilling an incomplete one writes the same objects. With `replaceOutdated`, a demo that differs only
 * in its last day, generator or rules is deleted first.
 *
 * @throws DemoLakeError `folder_in_use` if the folder contains anything else
 */
export async function claimLake(
  lakeDir: string,
  wanted: DemoParameters,
  { replaceOutdated = false }: { readonly replaceOutdated?: boolean } = {},
): Promise<DemoFigures | undefined> {
  await mkdir(lakeDir, { recursive: true });
  const names = await readdir(lakeDir);
  if (!names.includes(MARKER)) {
    if (names.length > 0) throw inUse(lakeDir, 'contains files that are not part of a demo lake');
    await writeMarker(lakeDir, { parameters: wanted });
    return undefined;
  }
  const found = marker.safeParse(parseJson(await readFile(join(lakeDir, MARKER), 'utf8')));
  if (!found.success)
    throw inUse(lakeDir, `contains an unreadable ${MARKER} (${found.error.issues[0]?.message})`);
  const differing = differences(found.data.parameters, wanted);
  const [first] = differing;
  if (first === undefined) return found.data.filled;
  if (!replaceOutdated || differing.some(({ name }) => !MAY_BE_OUTDATED.includes(name))) {
    throw inUse(
      lakeDir,
      `contains another demo lake: its ${first.name} is ${first.there}, not ${first.wanted}`,
    );
  }
  const foreign = names.find((name) => !DEMO_NAMES.includes(name));
  if (foreign !== undefined)
    throw inUse(lakeDir, `contains an older demo lake and other files, such as ${foreign}`);
  // The old marker, without its figures, stays until the old demo is deleted: after an interruption, the
  // deletion is repeated, and a lake never mixes two demos.
  await writeMarker(lakeDir, { parameters: found.data.parameters });
  for (const folder of ['raw', 'rollup']) await rm(join(lakeDir, folder), { recursive: true, force: true });
  await writeMarker(lakeDir, { parameters: wanted });
  return undefined;
}

const differences = (there: DemoParameters, wanted: DemoParameters) =>
  parameters
    .keyof()
    .options.filter((name) => there[name] !== wanted[name])
    .map((name) => ({ name, there: there[name], wanted: wanted[name] }));

/** Marks the lake as complete: the last step. */
export const completeLake = (lakeDir: string, of: DemoParameters, figures: DemoFigures): Promise<void> =>
  writeMarker(lakeDir, { parameters: of, filled: figures });

/** Atomic: a torn marker would block the folder. */
async function writeMarker(lakeDir: string, content: z.infer<typeof marker>): Promise<void> {
  const path = join(lakeDir, MARKER);
  await writeFile(`${path}.new`, `${JSON.stringify(content, null, 2)}\n`);
  await rename(`${path}.new`, path);
}

const inUse = (lakeDir: string, what: string): DemoLakeError =>
  new DemoLakeError(
    'folder_in_use',
    `${lakeDir} ${what}. Choose another folder with --lake, or delete this one.`,
  );

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
