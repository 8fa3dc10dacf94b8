/**
 * Resolves with the first Ctrl+C or SIGTERM; a second one ends the process at once. It does not keep the process
 * alive by itself: that is for whatever is being run, so that a start that fails also ends.
 */
export function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (): void => {
      if (asked) process.exit(1);
      asked = true;
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  });
}
