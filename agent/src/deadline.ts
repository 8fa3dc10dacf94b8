import type { Runtime } from './runtime.ts';

export type Within<T> = { readonly inTime: true; readonly value: T } | { readonly inTime: false };

/** Waits for a promise up to a limit. A later result is ignored, also a rejection. */
export async function within<T>(runtime: Runtime, limitMs: number, promise: Promise<T>): Promise<Within<T>> {
  let cancel = () => {};
  const late = new Promise<Within<T>>((resolve) => {
    const timer = runtime.after(limitMs, () => resolve({ inTime: false }));
    cancel = () => timer.cancel();
  });
  try {
    return await Promise.race([promise.then((value) => ({ inTime: true, value }) as const), late]);
  } finally {
    cancel();
  }
}
