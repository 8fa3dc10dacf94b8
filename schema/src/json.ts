/** JSON from untrusted sources. */

/** True for a JSON object; false for an array or null. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The parsed value; undefined for invalid JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Removes the byte order mark that some Windows editors write and JSON.parse rejects. */
export const withoutBom = (text: string): string => text.replace(/^\uFEFF/, '');
