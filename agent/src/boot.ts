/** Which run of the operating system this is: what a disk has forgotten at a power cut, it has forgotten between two of them. */
import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import type { Runtime } from './runtime.ts';

/** The identity that the kernel gives it, or where there is none when it began, UTC ms. */
export type Boot = string | number;

const BOOT_ID = '/proc/sys/kernel/random/boot_id';
/** Uptime is rounded, and clocks are slewed while the machine runs. To start again takes longer. */
const TOLERANCE_MS = 5000;

/** Linux has an identity (man 4 random); elsewhere the wall clock less the uptime. */
export function currentBoot(runtime: Pick<Runtime, 'now'>, bootIdFile = BOOT_ID): Boot {
  try {
    const id = readFileSync(bootIdFile, 'utf8').trim();
    if (id !== '') return id;
  } catch {
    // Not Linux, or a sandbox without it.
  }
  return Math.round(runtime.now() - uptime() * 1000);
}

export const isSameBoot = (one: Boot, other: Boot): boolean =>
  typeof one === 'number' && typeof other === 'number'
    ? Math.abs(one - other) <= TOLERANCE_MS
    : one === other;
