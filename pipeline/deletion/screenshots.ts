/** Which screenshots are a person's: `screenshots/<user_id>/<yyyy-MM-dd>/...`, and an id may hold slashes. */
import { LAKE_PREFIXES } from '@kinetrack/schema';
import type { ObjectInfo, ObjectStore } from '../ports.ts';

/** The last date in the key ends the id, so that nobody's id is the beginning of another's. */
const DATED = /^(.+)\/\d{4}-\d\d-\d\d\/.+$/s;

export function ownerOf(key: string): string | undefined {
  return DATED.exec(key.slice(LAKE_PREFIXES.screenshots.length))?.[1];
}

export async function* screenshotsOf(store: ObjectStore, userId: string): AsyncGenerator<ObjectInfo> {
  try {
    for await (const object of store.list(`${LAKE_PREFIXES.screenshots}${userId}/`)) {
      if (ownerOf(object.key) === userId) yield object;
    }
  } catch (error) {
    // A folder cannot hold such a key (`..`, a backslash), so there are none.
    if (!isInvalidKey(error)) throw error;
  }
}

const isInvalidKey = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'invalid_key';
