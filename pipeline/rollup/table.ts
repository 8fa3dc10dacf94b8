/** Different values, numbered as they come. */
export class Table<T> {
  readonly #values: T[] = [];
  readonly #indexes = new Map<T, number>();

  indexOf(value: T): number {
    const known = this.#indexes.get(value);
    if (known !== undefined) return known;
    const index = this.#values.push(value) - 1;
    this.#indexes.set(value, index);
    return index;
  }

  at(index: number): T {
    if (index >= this.#values.length) throw new RangeError(`no value has the number ${index}`);
    return this.#values[index] as T;
  }
}
