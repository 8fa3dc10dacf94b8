/** Reads environment variables of a function, as its construct sets them. */

/** @throws Error if the variable is missing: a wrong configuration fails at start */
export function required(name: string, meaning: string): string {
  const value = process.env[name];
  if (value !== undefined && value !== '') return value;
  throw new Error(`${name} is not set: it must be ${meaning}`);
}

export const optional = (name: string): string | undefined => process.env[name] || undefined;

/** A retention in whole days, at least 1. `what`: the data that expires. */
export function days(name: string, what: string): number {
  const value = Number(process.env[name]);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new Error(`${name} is ${process.env[name]}: it must be the days after which ${what} are deleted`);
}
