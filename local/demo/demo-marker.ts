/** The file that says what a demo lake holds: a lake of somebody else's is never written to. */
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

/** What the same bytes follow from; another generator or another rule set gives other bytes. */
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

/** `filled` is missing until everything is there. */
const marker = z.strictObject({ parameters, filled: filled.optional() });

const MARKER = 'demo.json';

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
 * Takes a folder for a demo of these parameters, and makes it where it is missing. Gives the figures of a demo that
 * is complete already; undefined where it has to be filled, also for the second time: the same objects come again.
 *
 * @throws DemoLakeError `folder_in_use` where the folder holds anything else
 */
export async function claimLake(lakeDir: string, wanted: DemoParameters): Promise<DemoFigures | undefined> {
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
  const differing = Object.entries(wanted).find(
    ([name, value]) => found.data.parameters[name as keyof DemoParameters] !== value,
  );
  if (differing !== undefined) {
    const [name, value] = differing;
    const there = found.data.parameters[name as keyof DemoParameters];
    throw inUse(lakeDir, `contains another demo lake: its ${name} is ${there}, not ${value}`);
  }
  return found.data.filled;
}

/** Says that everything is there; the last step of filling. */
export const completeLake = (lakeDir: string, of: DemoParameters, figures: DemoFigures): Promise<void> =>
  writeMarker(lakeDir, { parameters: of, filled: figures });

/** As a whole or not at all: a torn marker would lock the folder. */
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
