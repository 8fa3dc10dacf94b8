/** Resolves with the first Ctrl+C or SIGTERM; a second one ends the process at once. */
export function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    // Signal handlers alone do not keep a process alive.
    const keepAlive = setInterval(() => {}, 2 ** 30);
    let asked = false;
    const onSignal = (): void => {
      if (asked) process.exit(1);
      asked = true;
      clearInterval(keepAlive);
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  });
}
