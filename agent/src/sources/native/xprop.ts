/** Properties of X windows, as `xprop` (x11-utils) prints them. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Longer than any answer of a display that answers at all. */
const TIMEOUT_MS = 2000;

export const FRONT_PROPERTY = '_NET_ACTIVE_WINDOW';
/** Set by window managers that follow EWMH. */
export const MANAGER_PROPERTY = '_NET_SUPPORTING_WM_CHECK';
/** In this order, which parseProperties relies on. */
export const WINDOW_PROPERTIES = ['_NET_WM_NAME', 'WM_NAME', 'WM_CLASS'] as const;

/** Text in UTF-8 wherever the desktop's own language is set to something else. */
export const xpropEnv = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({ ...env, LC_ALL: 'C.utf8' });

/** What xprop printed, or null where the display or the window does not answer. */
export async function xprop(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string | null> {
  try {
    return (await run('xprop', [...args], { env: xpropEnv(env), timeout: TIMEOUT_MS })).stdout;
  } catch {
    return null;
  }
}

/**
 * The id of the window in front; null for none; undefined where the window manager does not say.
 * Of several lines (`-spy`) the last counts.
 */
export function parseFront(output: string): string | null | undefined {
  const ids = [...output.matchAll(/^_NET_ACTIVE_WINDOW\(WINDOW\): window id # (0x[0-9a-f]+)/gm)];
  const id = ids.at(-1)?.[1];
  if (id === undefined) return undefined;
  return Number.parseInt(id, 16) === 0 ? null : id;
}

export interface WindowProperties {
  /** The class part of WM_CLASS; null where the window has none. */
  readonly className: string | null;
  readonly title: string;
}

export function parseProperties(output: string): WindowProperties {
  const title = textOf(output, '_NET_WM_NAME') ?? textOf(output, 'WM_NAME') ?? '';
  // Two strings: the instance, then the class.
  const names = /^WM_CLASS\(\w+\) = (.*)$/m.exec(output)?.[1]?.match(/"(?:[^"\\]|\\.)*"/g);
  const className = unescapeText(names?.at(-1)?.slice(1, -1) ?? '');
  return { className: className === '' ? null : className, title };
}

/** A title may hold quotes and line breaks: it ends with the last quote before the next property. */
function textOf(output: string, name: string): string | null {
  const found = new RegExp(
    `^${name}\\((\\w+)\\) = "([\\s\\S]*?)"(?=\\n(?:WM_NAME|WM_CLASS)\\b|\\s*$)`,
    'm',
  ).exec(output);
  if (found === null) return null;
  const [, type, text = ''] = found;
  // COMPOUND_TEXT is printed as it is, the others with escapes.
  return clean(type === 'COMPOUND_TEXT' ? text : unescapeText(text));
}

const unescapeText = (text: string): string =>
  text
    .replace(/(?:\\[0-7]{3})+/g, (octets) => decode(octets.slice(1).split('\\')))
    .replace(/\\([\\"nt])/g, (_, escaped: string) => (escaped === 'n' || escaped === 't' ? ' ' : escaped));

/** UTF-8, and Latin-1 for what is none: the type STRING is Latin-1 by definition, yet programs put UTF-8 there. */
function decode(octets: readonly string[]): string {
  const bytes = Uint8Array.from(octets, (octet) => Number.parseInt(octet, 8));
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('latin1').decode(bytes);
  }
}

const clean = (text: string): string => text.replace(/\p{Cc}+/gu, ' ').trim();
