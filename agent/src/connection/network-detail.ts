/** A change of the connection as the detail of a `system` event of kind `network`. */
import type { ConnectionStatus } from './monitor.ts';

/** What the schema takes in one value. */
const MAX_LENGTH = 1024;

export function networkDetail({ state, fault, message }: ConnectionStatus): Record<string, string> {
  return {
    state,
    ...(fault === null ? {} : { fault }),
    ...(message === null ? {} : { message: message.slice(0, MAX_LENGTH) }),
  };
}
