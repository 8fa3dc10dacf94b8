/**
 * What may be kept of a window title. Only this module and its caller see the raw title.
 *
 * Redaction keeps words, because rules match them. It removes anything that may identify a person, a place on a disk
 * or in a network, or a number. In doubt it removes: a missing word costs a rule, a kept secret costs a person.
 *
 * Every pattern reads a string of bounded length and has no nested repetition, so no title can make it slow.
 */
import type { TitleMode } from '@kinetrack/schema';

/** Maximum length of a label in the schema. */
export const MAX_LABEL_LENGTH = 512;

/** The title filtered by the mode; null if titles are off. */
export function filterTitle(rawTitle: string, mode: TitleMode): string | null {
  switch (mode) {
    case 'off':
      return null;
    case 'full':
      return cutLabel(rawTitle.trim());
    case 'redacted':
      return cutLabel(redactTitle(rawTitle));
  }
}

/** Cuts a string to the length of a label. */
export const cutLabel = (text: string): string => cutText(text, MAX_LABEL_LENGTH);

/** The first characters of a string, without half a surrogate pair at the end. */
export function cutText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const cut = text.slice(0, maxLength);
  return /[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut;
}

/** Longer titles are cut first. No window system shows as many characters. */
const MAX_INPUT = 2048;

const CONTROL = /\p{Cc}/gu;
/**
 * Format characters, private use, unassigned and lone surrogates: they could hide an address from the
 * patterns.
 */
const INVISIBLE = /[\p{Cf}\p{Co}\p{Cn}\p{Cs}]/gu;
/** Separators between the parts of a title. A path with spaces ends here. */
const SEPARATOR = /(\s[-–—|·•:/»]\s)/u;

const IBAN = /(?<![\p{L}\p{N}])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{2,4}){2,8}(?![\p{L}\p{N}])/gu;
/** `/x`, `~/x`, `~`, `C:\x`, `C:/x`, `\\server`; also behind `host:`, a quote or a bracket. Not the `//` of a URL. */
const ABSOLUTE_PATH = /(?:^|[:="'`(<[{])(?:~?\/(?=[^/])|~$|[a-z]:[\\/]|\\\\)/iu;

const DOMAIN_ENDINGS =
  'com|org|net|edu|gov|mil|int|info|biz|name|io|ai|app|dev|cloud|online|site|shop|store|xyz|tech|blog|page|link|' +
  'local|lan|corp|home|internal|intranet|localhost|test|co|me|tv|eu|us|uk|de|at|ch|fr|it|es|pt|nl|be|lu|dk|se|no|fi|' +
  'pl|cz|ie|gr|hu|ro|ru|ua|tr|il|in|cn|jp|kr|tw|hk|sg|id|th|vn|my|ph|au|nz|za|ng|ke|eg|br|ar|cl|mx|ca';
const HOST = new RegExp(`^(?:[\\p{L}\\p{N}_-]+\\.)+(?:${DOMAIN_ENDINGS})(?::\\d+)?$`, 'iu');
const THREE_LABELS = /^[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+){2,}(?::\d+)?$/u;
const EDGES = /^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu;

const NUMBER = /\p{N}[\p{N}\p{M}.,:'’×%-]*/gu;
const LONGEST_WORD = 32;

export function redactTitle(rawTitle: string): string {
  const pieces = visibleText(rawTitle).replace(IBAN, ' ').split(SEPARATOR);
  let title = '';
  for (let index = 0; index < pieces.length; index += 2) {
    const part = redactPart(pieces[index] ?? '');
    if (part === '') continue;
    title += title === '' ? part : `${pieces[index - 1] ?? ' '}${part}`;
  }
  return title;
}

function visibleText(rawTitle: string): string {
  const text = wholeWords(rawTitle).normalize('NFKC').replace(CONTROL, ' ').replace(INVISIBLE, '');
  return wholeWords(text);
}

/** Cuts a long string before the word at the limit: half an address would not be recognized. */
function wholeWords(text: string): string {
  if (text.length <= MAX_INPUT) return text;
  const end = text.lastIndexOf(' ', MAX_INPUT);
  return text.slice(0, Math.max(0, end));
}

/**
 * One part without its sensitive words, and without words that have no letters left, such as empty
 * brackets.
 */
function redactPart(part: string): string {
  const words = part.split(/\s/u);
  const path = words.findIndex((word) => ABSOLUTE_PATH.test(word));
  return (path === -1 ? words : words.slice(0, path))
    .filter((word) => !isSensitive(word))
    .join(' ')
    .replace(NUMBER, ' ')
    .split(' ')
    .filter((word) => word === '&' || /\p{L}/u.test(word))
    .join(' ');
}

function isSensitive(word: string): boolean {
  // Mail addresses, handles, user@host; URLs, paths and other words with slashes.
  if (/[@\\]/u.test(word) || /\S\/|\/\S/u.test(word)) return true;
  const core = word.replace(EDGES, '');
  if (HOST.test(core) || THREE_LABELS.test(core)) return true;
  return isToken(core);
}

/** Identifiers, keys, hashes: letters mixed with digits, hexadecimal, or longer than any word. */
function isToken(word: string): boolean {
  if (word.length >= 6 && /\p{N}/u.test(word) && /\p{L}/u.test(word)) return true;
  if (word.length >= 8 && /^[0-9a-f-]+$/iu.test(word)) return true;
  return word.length >= LONGEST_WORD && /^[\w+=.~-]+$/u.test(word);
}
