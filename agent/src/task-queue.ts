/** Runs tasks one after the other, in the order in which they came. */
export class TaskQueue {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    // A task's failure is its caller's affair, not the next task's.
    this.#last = result.catch(() => undefined);
    return result;
  }
}
