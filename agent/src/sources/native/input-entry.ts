/** Where the capture process begins, in the built package and in the sources. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface ForkTarget {
  readonly path: string;
  readonly execArgv: readonly string[];
}

/** Keeps the heap of the capture process small: it holds half a second of counts. */
const SMALL_HEAP = ['--max-semi-space-size=1', '--max-old-space-size=32'];

/**
 * Built, this module is part of agent/dist/index.js (or of an application's bundle that kept the package beside it)
 * and the child is agent/dist/sources/native/input-child.js; in the sources it is next to this file.
 */
export function inputEntry(moduleUrl: string = import.meta.url): ForkTarget {
  const built = fileURLToPath(new URL('./sources/native/input-child.js', moduleUrl));
  if (existsSync(built)) return { path: built, execArgv: SMALL_HEAP };
  const source = fileURLToPath(new URL('./input-child.ts', moduleUrl));
  // Sources run only where this process was started with a loader for TypeScript: the child needs the same.
  return { path: source, execArgv: [...process.execArgv, ...SMALL_HEAP] };
}
