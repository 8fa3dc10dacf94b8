/** What a test and its helpers may ask of the running test, beside what the globals of jest offer. */
import { expect } from 'expect';

/** Cleanups and the signal of one test, or of the whole file. */
class Lifetime {
  readonly #cleanups: (() => unknown)[] = [];
  readonly #ended = new AbortController();

  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  add(cleanup: () => unknown): void {
    this.#cleanups.push(cleanup);
  }

  /** Runs every cleanup, also after one has failed. */
  async end(): Promise<void> {
    const errors: unknown[] = [];
    for (let next = this.#cleanups.shift(); next !== undefined; next = this.#cleanups.shift()) {
      try {
        await next();
      } catch (error) {
        errors.push(error);
      }
    }
    this.#ended.abort();
    if (errors.length > 1) throw new AggregateError(errors, 'several cleanups failed');
    if (errors.length === 1) throw errors[0];
  }
}

const ofTests = new WeakMap<object, Lifetime>();
const ofFile = new Lifetime();

/** The lifetime of the running test. In `beforeAll` and outside of tests, that of the file. */
function lifetime(): Lifetime {
  // jest-circus keeps the identity per asynchronous context: concurrent tests have one each.
  const test = expect.getState().currentTestIdentity?.();
  if (test === undefined) return ofFile;
  const known = ofTests.get(test) ?? new Lifetime();
  ofTests.set(test, known);
  return known;
}

/**
 * Runs `cleanup` after the running test and its `afterEach` hooks, in the order of registration. A cleanup that
 * fails fails the test. In `beforeAll` and outside of tests: after the last test of the file.
 */
export function afterTest(cleanup: () => unknown): void {
  lifetime().add(cleanup);
}

/** Aborted after the cleanups of the running test. */
export const testSignal = (): AbortSignal => lifetime().signal;

/** A figure for whoever reads the output. It changes no result. */
export const diagnostic = (text: string): void => console.log(text);

/** For the process of a test file: ends what the running test registered. */
export const endTest = (): Promise<void> => lifetime().end();

/** For the process of a test file: the last of the `afterAll` hooks. */
export const endFile = (): Promise<void> => ofFile.end();
