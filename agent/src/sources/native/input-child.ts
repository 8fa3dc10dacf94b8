/**
 * The capture process: hooks keyboard and mouse, counts, and says the counts to its parent.
 * It stands alone because the hook may abort the whole process where the system forbids it. It imports as little as it
 * can, so that it stays small, and it ends by itself when its parent is gone.
 */
import { systemRuntime } from '../../runtime.ts';
import { isX11 } from './display.ts';
import { startHook } from './hook-capture.ts';
import type { FailureCause, InputChildOptions, InputMessage } from './input-message.ts';
import { XError } from './x11/x-error.ts';
import { startX11 } from './x11/x11-capture.ts';

const send = (message: InputMessage): void => {
  // A parent that is gone is noticed by `disconnect`; what could not be said to it is of no use to anybody.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
};

function failureCause(error: unknown): FailureCause {
  if (error instanceof XError) return error.code;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') return 'not_installed';
  return typeof code === 'string' && code.startsWith('UIOHOOK_') ? 'refused' : 'not_loadable';
}

async function run(options: InputChildOptions): Promise<void> {
  process.on('disconnect', () => process.exit(0));
  const start = isX11(process) ? startX11 : startHook;
  const capture = await start({
    ...options,
    runtime: systemRuntime,
    env: process.env,
    send,
    // Whoever started this process starts another.
    onLost: () => process.connected && process.disconnect(),
  });
  // The only thing a parent says: come to an end.
  process.once('message', async () => {
    await capture.close();
    if (process.connected) process.disconnect();
  });
  // Ctrl-C and the end of a session reach the whole group; the parent decides when capture ends, so nothing is lost.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => capture.flush());
  send({ kind: 'ready' });
}

run(JSON.parse(process.argv[2] ?? '')).catch((error: unknown) => {
  // For whoever runs this file by hand; the parent reads the cause alone. Nothing has been captured yet.
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  const cause = failureCause(error);
  process.send?.({ kind: 'failed', cause } satisfies InputMessage, undefined, undefined, () =>
    process.exit(1),
  );
});
