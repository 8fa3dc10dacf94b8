/** Compiles the lists of a rule set: finds the list of a window and the pattern that matched. */
import type { Matcher, RuleSet } from '@kinetrack/schema';

/** The list that a window is on. */
export interface Listed {
  readonly list: 'meeting' | 'non_productive_list';
  /** The pattern that matched, for the reason: `youtube*`. */
  readonly pattern: string;
}

export interface Classify {
  (app: string | null, site: string | null, title: string | null): Listed | undefined;
  /** False if no entry has a title pattern: the title then does not matter. */
  readonly readsTitles: boolean;
}

interface Compiled {
  readonly listed: Listed;
  readonly app: Wildcard | undefined;
  readonly site: Wildcard | undefined;
  readonly title: Wildcard | undefined;
}

/** Bounds the cache if a device invents names. Above it, names are matched each time. */
const MAX_MEMO = 20_000;

/**
 * The meeting list wins over the non-productive list; in a list, the first match wins. Results are
 * cached by app and site, which repeat. Titles do not repeat and are matched each time.
 */
export function compileLists(rules: Pick<RuleSet, 'meeting' | 'non_productive'>): Classify {
  const entries = [
    ...rules.meeting.map((matcher) => compile('meeting', matcher)),
    ...rules.non_productive.map((matcher) => compile('non_productive_list', matcher)),
  ];
  const memo = new Map<string | null, Map<string | null, readonly Compiled[]>>();
  let memoised = 0;

  const candidates = (app: string | null, site: string | null): readonly Compiled[] => {
    const known = memo.get(app)?.get(site);
    if (known !== undefined) return known;
    const found = entries.filter((entry) => matches(entry.app, app) && matches(entry.site, site));
    if (memoised < MAX_MEMO) {
      const bySite = memo.get(app) ?? new Map<string | null, readonly Compiled[]>();
      memo.set(app, bySite.set(site, found));
      memoised += 1;
    }
    return found;
  };

  const classify = (app: string | null, site: string | null, title: string | null): Listed | undefined => {
    for (const entry of candidates(app, site)) if (matches(entry.title, title)) return entry.listed;
    return undefined;
  };
  return Object.assign(classify, { readsTitles: entries.some(({ title }) => title !== undefined) });
}

function compile(list: Listed['list'], { app, site, title }: Matcher): Compiled {
  return {
    listed: { list, pattern: [app, site, title].filter((part) => part !== undefined).join(' + ') },
    app: optional(app),
    site: optional(site),
    title: optional(title),
  };
}

const optional = (pattern: string | undefined): Wildcard | undefined =>
  pattern === undefined ? undefined : compileWildcard(pattern);

const matches = (expected: Wildcard | undefined, value: string | null): boolean =>
  expected === undefined || (value !== null && expected(value));

/**
 * Patterns of the rule lists: `*` matches any characters, case is ignored, and the whole string must
 * match. Pieces are searched from left to right, so the time is linear in the string for any pattern.
 * An equivalent regular expression backtracks for minutes on `a*b*c*d*...`.
 */
export type Wildcard = (text: string) => boolean;

export function compileWildcard(pattern: string): Wildcard {
  const pieces = pattern.toLowerCase().split('*');
  const [first = '', ...rest] = pieces;
  const last = rest.pop();
  if (last === undefined) return (text) => text.toLowerCase() === first;
  const middle = rest.filter((piece) => piece !== '');

  return (text) => {
    const folded = text.toLowerCase();
    const end = folded.length - last.length;
    if (end < first.length || !folded.startsWith(first) || !folded.endsWith(last)) return false;
    let from = first.length;
    for (const piece of middle) {
      const at = folded.indexOf(piece, from);
      if (at === -1 || at + piece.length > end) return false;
      from = at + piece.length;
    }
    return true;
  };
}
