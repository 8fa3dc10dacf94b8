/** The environment of a function, as its construct sets it. */

/** Throws where the variable is missing: a function that was put together wrongly stops at its start. */
export function required(name: string, meaning: string): string {
  const value = process.env[name];
  if (value !== undefined && value !== '') return value;
  throw new Error(`${name} is not set: it must be ${meaning}`);
}

export const optional = (name: string): string | undefined => process.env[name] || undefined;

/** Whole days of an age, at least 1. `what` is deleted after them. */
export function days(name: string, what: string): number {
  const value = Number(process.env[name]);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new Error(`${name} is ${process.env[name]}: it must be the days after which ${what} are deleted`);
}
