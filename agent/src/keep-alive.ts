/**
 * Keeps the process running while a tracker runs: the timers of the runtime do not, and without
 * capture there is no other handle.
 */
import { MessageChannel } from 'node:worker_threads';

/** Returns a function that releases the process; it can be called twice. */
export function keepAlive(): () => void {
  const { port1 } = new MessageChannel();
  // A port with a listener keeps the process alive. Nothing is sent to it.
  port1.on('message', () => {});
  return () => port1.close();
}
