/** Keeps the process running while a tracker runs: the runtime's timers do not, and a machine without capture has no other handle. */
import { MessageChannel } from 'node:worker_threads';

/** Returns what lets the process end again; may be called twice. */
export function keepAlive(): () => void {
  const { port1 } = new MessageChannel();
  // A port with a listener is a handle; nothing is ever written to it.
  port1.on('message', () => {});
  return () => port1.close();
}
