/** Input on macOS and Windows, by uiohook-napi. */
import type { StartCapture } from './capture.ts';
import { HookKeys } from './hook-keys.ts';
import { InputCounter } from './input-counter.ts';
import type { MouseButton } from './input-message.ts';

/** libuiohook numbers buttons from 1. */
const BUTTONS: readonly MouseButton[] = ['other', 'left', 'right', 'middle'];
const HORIZONTAL = 4;

const buttonOf = (button: unknown): MouseButton =>
  typeof button === 'number' ? (BUTTONS[button] ?? 'other') : 'other';

export const startHook: StartCapture = async (options) => {
  const { uIOhook } = await import('uiohook-napi');
  const counter = new InputCounter(options);
  const keys = new HookKeys();
  uIOhook.on('keydown', (event) => counter.keyDown(keys.down(event)));
  uIOhook.on('keyup', (event) => {
    keys.up(event);
    counter.keyUp(event);
  });
  uIOhook.on('mousedown', (event) => counter.mouseDown(event, buttonOf(event.button)));
  uIOhook.on('mouseup', (event) => counter.mouseUp(event, buttonOf(event.button)));
  uIOhook.on('mousemove', (event) => counter.mouseMove(event));
  uIOhook.on('wheel', ({ direction, rotation }) => {
    // Pixel-exact touchpads report steps too small to be one; they come again within the next event.
    if (rotation === 0) return;
    const isBack = rotation < 0;
    if (direction === HORIZONTAL) counter.wheel(isBack ? 'left' : 'right');
    else counter.wheel(isBack ? 'up' : 'down');
  });
  uIOhook.start();
  // The hook itself ends with the process: it stops by a lock of the system's that may be held.
  return { flush: () => counter.flush(), close: async () => counter.flush() };
};
