/**
 * The website or service of a browser window, read off its title: a known name, or a host name that stands there.
 * Anything else is null: a guess would file time under the words of somebody's document.
 */
import { isBrowser, isBrowserName } from './browsers.ts';
import { knownSite } from './known-sites.ts';

const MAX_INPUT = 2048;
const FORMAT_CHARACTERS = /\p{Cf}/gu;
const SEPARATOR = /\s[-–—|·•/»]\s|\s?::\s/u;
/** `(3) `, `[12] `, `• `: what pages put before or behind their name when something is new. */
const COUNTERS = /^[^\p{L}\p{N}]*[([]\d+\+?[)\]]\s*|\s*[([]\d+\+?[)\]]$/gu;

/** Edge counts its other tabs. */
const MORE_PAGES = /\sand \d+ more pages?$/u;

const URL_OR_HOST =
  /^(?:https?:\/\/)?(?:www\.)?((?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}|localhost|127(?:\.\d{1,3}){3})(?::\d{1,5})?(?:[/?#]\S*)?$/iu;
/** Endings that files have more often than hosts. */
const FILE_ENDING =
  /\.(?:[cm]?[jt]sx?|json|html?|css|md|txt|pdf|csv|xml|ya?ml|toml|docx?|xlsx?|pptx?|png|jpe?g|gif|svg|webp|mp[34]|mov|zip|gz|py|rb|rs|go|java|kt|cs|cpp|hpp?|sh|sql|log|php|aspx?|parquet)$/iu;

/** Null outside browsers, and where the title names no site. */
export function siteFromTitle(app: string, title: string): string | null {
  if (!isBrowser(app)) return null;
  const parts = pageParts(title);
  for (const part of parts.toReversed()) {
    const site = knownSite(part) ?? hostName(part);
    if (site !== null) return site;
  }
  return conventionOf(parts, title);
}

/** The parts of the page's own title, without the browser's name and what the browser adds after it. */
function pageParts(title: string): readonly string[] {
  const parts = title
    .slice(0, MAX_INPUT)
    .replace(FORMAT_CHARACTERS, '')
    .replaceAll('\u00A0', ' ')
    .split(SEPARATOR)
    .map((part) => part.replace(COUNTERS, '').replace(MORE_PAGES, '').trim())
    .filter((part) => part !== '');
  const browser = parts.findLastIndex(isBrowserName);
  return browser === -1 ? parts : parts.slice(0, browser);
}

function hostName(part: string): string | null {
  const host = URL_OR_HOST.exec(part)?.[1]?.toLowerCase();
  if (host === undefined || FILE_ENDING.test(host)) return null;
  return host.startsWith('127.') ? 'localhost' : host;
}

/** Services that name themselves too briefly for a list. */
function conventionOf(parts: readonly string[], title: string): string | null {
  // "Meet – abc-defg-hij", "Meet: weekly"
  if (parts.length > 1 && parts[0] === 'Meet') return 'Google Meet';
  // "Home / X", "Jane on X: "..." / X"
  if (parts.at(-1) === 'X' && / \/ X(?:\s|$)/u.test(title)) return 'X';
  return null;
}
