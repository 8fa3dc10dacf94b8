/**
 * The capture process: hooks keyboard and mouse, counts, and sends the counts to its parent. It is
 * a separate process, because the hook may abort the whole process if the system denies it. It
 * imports only the hook, to stay small, and exits when its parent is gone.
 */
import { systemRuntime } from '../../runtime.ts';
import { InputCounter } from './input-counter.ts';
import type { FailureCause, InputChildOptions, InputMessage } from './input-message.ts';

const send = (message: InputMessage): void => {
  // `disconnect` reports a dead parent; an unsent message is dropped.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
};

function failureCause(error: unknown): FailureCause {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') return 'not_installed';
  return typeof code === 'string' && code.startsWith('UIOHOOK_') ? 'refused' : 'not_loadable';
}

async function run({ detail, mouseMoveIntervalMs }: InputChildOptions): Promise<void> {
  const { uIOhook } = await import('uiohook-napi');
  const counter = new InputCounter({ runtime: systemRuntime, detail, mouseMoveIntervalMs, send });
  uIOhook.on('keydown', (event) => counter.keyDown(event));
  uIOhook.on('keyup', (event) => counter.keyUp(event));
  uIOhook.on('mousedown', (event) => counter.mouseDown(event));
  uIOhook.on('mouseup', (event) => counter.mouseUp(event));
  uIOhook.on('mousemove', (event) => counter.mouseMove(event));
  uIOhook.on('wheel', (event) => counter.wheel(event));

  process.on('disconnect', () => process.exit(0));
  // The only message of the parent: end.
  process.once('message', () => {
    counter.flush();
    process.disconnect();
  });
  // Ctrl-C and the end of a session signal the whole process group. The parent decides when capture
  // ends, so nothing is lost.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => counter.flush());

  uIOhook.start();
  send({ kind: 'ready' });
}

run(JSON.parse(process.argv[2] ?? '')).catch((error: unknown) => {
  // The parent derives its message from this output. Nothing is captured yet.
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  const cause = failureCause(error);
  process.send?.({ kind: 'failed', cause } satisfies InputMessage, undefined, undefined, () =>
    process.exit(1),
  );
});
