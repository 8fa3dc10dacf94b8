/** The screenshots of a person. */
import { parseKey, screenshotsPrefix } from '../lake/keys.ts';
import type { ObjectInfo, ObjectStore } from '../lake/ports.ts';

export async function* screenshotsOf(store: ObjectStore, userId: string): AsyncGenerator<ObjectInfo> {
  try {
    for await (const object of store.list(screenshotsPrefix(userId))) {
      const parsed = parseKey(object.key);
      if (parsed?.kind === 'screenshot' && parsed.userId === userId) yield object;
    }
  } catch (error) {
    // A folder cannot hold such a key (`..`, a backslash), so there are none.
    if (!isInvalidKey(error)) throw error;
  }
}

const isInvalidKey = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'invalid_key';
