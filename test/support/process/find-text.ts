/**
 * Finds a text wherever somebody may have left it: as it is, in UTF-16, as base64 at any alignment or hexadecimal, and
 * all of it once more in whatever can be unpacked by gzip.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { constants, gunzipSync } from 'node:zlib';

export interface Found {
  /** The file, or what else was searched. */
  readonly where: string;
  readonly text: string;
  /** `utf8`, `utf16le`, `base64+1`, `gzip: utf8` */
  readonly how: string;
}

/** In all files of a folder, their names included. Files that go meanwhile are not there. */
export async function findInFolder(dir: string, texts: readonly string[]): Promise<readonly Found[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const found: Found[] = [];
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const where = relative(dir, path);
    found.push(...findIn(`the name ${where}`, Buffer.from(where), texts));
    if (!entry.isFile()) continue;
    found.push(...findIn(where, await readFile(path), texts));
  }
  return found;
}

export function findIn(where: string, bytes: Buffer, texts: readonly string[]): readonly Found[] {
  return texts.flatMap((text) => waysIn(bytes, text).map((how) => ({ where, text, how })));
}

function waysIn(bytes: Buffer, text: string, isPacked = false): readonly string[] {
  const plain = needles(text)
    .filter(({ needle }) => bytes.includes(needle))
    .map(({ how }) => (isPacked ? `gzip: ${how}` : how));
  if (isPacked) return plain;
  return [...plain, ...unpacked(bytes).flatMap((content) => waysIn(content, text, true))];
}

function needles(text: string): readonly { readonly how: string; readonly needle: Buffer }[] {
  const utf8 = Buffer.from(text);
  const utf16le = Buffer.from(text, 'utf16le');
  const utf16be = Buffer.from(utf16le).swap16();
  const encoded = [
    ['', utf8],
    [' of utf16le', utf16le],
  ] as const;
  return [
    { how: 'utf8', needle: utf8 },
    { how: 'utf16le', needle: utf16le },
    { how: 'utf16be', needle: utf16be },
    { how: 'hex', needle: Buffer.from(utf8.toString('hex')) },
    { how: 'HEX', needle: Buffer.from(utf8.toString('hex').toUpperCase()) },
    ...encoded.flatMap(([of, bytes]) =>
      [0, 1, 2].flatMap((before) =>
        (['base64', 'base64url'] as const).map((alphabet) => ({
          how: `${alphabet}+${before}${of}`,
          needle: Buffer.from(base64Within(bytes, before, alphabet)),
        })),
      ),
    ),
  ];
}

/** The characters that depend on these bytes alone, when so many others stand before them. */
function base64Within(bytes: Buffer, before: number, alphabet: 'base64' | 'base64url'): string {
  const shifted = Buffer.concat([Buffer.alloc(before), bytes]);
  const first = Math.ceil((before * 8) / 6);
  const end = Math.floor((shifted.length * 8) / 6);
  return shifted.toString(alphabet).slice(first, end);
}

/** What begins like gzip anywhere in there, as far as it can be unpacked. */
function unpacked(bytes: Buffer): readonly Buffer[] {
  const found: Buffer[] = [];
  for (let at = bytes.indexOf(GZIP); at !== -1; at = bytes.indexOf(GZIP, at + 1)) {
    try {
      found.push(gunzipSync(bytes.subarray(at), { finishFlush: constants.Z_SYNC_FLUSH }));
    } catch {
      // It only looked like it, or something else follows behind: the rest of the file is searched as it is.
    }
  }
  return found;
}

const GZIP = Buffer.from([0x1f, 0x8b, 0x08]);
