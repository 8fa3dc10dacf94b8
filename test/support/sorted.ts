/** A copy in one order, for comparing what may arrive in any. */
export const sorted = (lines: readonly string[]): readonly string[] =>
  [...lines].sort((one, other) => (one < other ? -1 : Number(one > other)));
