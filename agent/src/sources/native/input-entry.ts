/** The entry file of the capture process, in the built package and in the sources. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface ForkTarget {
  readonly path: string;
  readonly execArgv: readonly string[];
}

/** Small heap: the capture process holds half a second of counts. */
const SMALL_HEAP = ['--max-semi-space-size=1', '--max-old-space-size=32'];

/**
 * In a build, this module is part of agent/dist/index.js (or of an application's bundle next to the
 * package), and the child is agent/dist/sources/native/input-child.js. In the sources, the child is
 * next to this file.
 */
export function inputEntry(moduleUrl: string = import.meta.url): ForkTarget {
  const built = fileURLToPath(new URL('./sources/native/input-child.js', moduleUrl));
  if (existsSync(built)) return { path: built, execArgv: SMALL_HEAP };
  const source = fileURLToPath(new URL('./input-child.ts', moduleUrl));
  // Sources run only with a TypeScript loader in this process, and the child needs the same loader.
  return { path: source, execArgv: [...process.execArgv, ...SMALL_HEAP] };
}
