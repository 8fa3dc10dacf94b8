/** A sorted copy, to compare lines that arrive in any order. */
export const sorted = (lines: readonly string[]): readonly string[] =>
  [...lines].sort((one, other) => (one < other ? -1 : Number(one > other)));
