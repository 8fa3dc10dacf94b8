/** Runs tasks one after the other, in the order of the calls. */
export class TaskQueue {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    // The caller handles a failed task; the next task runs anyway.
    this.#last = result.catch(() => undefined);
    return result;
  }
}
