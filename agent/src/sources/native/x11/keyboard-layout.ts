import { KeyboardMap } from './keyboard-map.ts';
import type { XConnection } from './x-connection.ts';
import { getKeyboardMapping, getModifierMapping } from './x-requests.ts';

/** Sent to every client when the keyboard is mapped anew, as for another layout or another keyboard. */
const MAPPING_NOTIFY = 34;

/** The layout that the server has, kept up to date as long as the connection is open. */
export async function keyboardLayout(connection: XConnection): Promise<KeyboardMap> {
  const map = new KeyboardMap();
  const { minKeycode } = connection.setup;
  const load = async () => {
    const [mapping, modifiers] = await Promise.all([
      connection.ask(getKeyboardMapping(connection.setup)),
      connection.ask(getModifierMapping()),
    ]);
    map.load(minKeycode, mapping, modifiers);
  };
  let isLoading = false;
  let isStale = false;
  // One change is told several times: while one is being read, the others are one more.
  const reload = async () => {
    isStale = true;
    if (isLoading) return;
    isLoading = true;
    try {
      while (isStale) {
        isStale = false;
        await load();
      }
    } catch {
      // The connection is gone, which those who opened it notice.
    } finally {
      isLoading = false;
    }
  };
  connection.onEvent((type) => {
    if (type === MAPPING_NOTIFY) void reload();
  });
  await load();
  return map;
}
