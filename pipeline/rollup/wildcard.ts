/**
 * Patterns of the rule lists: `*` stands for any characters, case does not matter, the whole text must match.
 * Pieces are searched left to right, so the time stays linear in the text whatever the pattern is; a regular
 * expression of the same meaning backtracks for minutes on `a*b*c*d*...`.
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
