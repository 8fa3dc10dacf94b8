/** npm `active-win` (get-windows), loaded when it is needed: where its native part does not load, only this fails. */
import type { Options, Result } from 'active-win';
import type { Look } from './window-probe.ts';

export type ActiveWindow = (options?: Options) => Promise<Result | undefined>;

/** Null where the package is missing or does not load. */
export async function loadActiveWindow(): Promise<ActiveWindow | null> {
  try {
    return (await import('active-win')).activeWindow;
  } catch {
    return null;
  }
}

/** An application that has no name is of no use to anybody: it counts as no window. */
export function toLook(result: Result | undefined): Look {
  const app = result?.owner.name.trim();
  return result && app ? { status: 'window', window: { app, title: result.title } } : { status: 'none' };
}
