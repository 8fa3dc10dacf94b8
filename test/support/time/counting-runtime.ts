import { ManualRuntime } from './manual-runtime.ts';

/** Time by hand and a new identity at every call, the same ones in every run. */
export class CountingRuntime extends ManualRuntime {
  #uuids = 0;

  override uuid = (): string => {
    this.#uuids += 1;
    return `${this.#uuids.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`;
  };
}
