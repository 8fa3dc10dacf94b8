/** What the process of a test file and the runner tell each other. Everything is JSON. */
import type { AssertionResult } from '@jest/test-result';

/** The order for a process: one test file. */
export interface FileOrder {
  readonly file: string;
  /** Modules to import before the test file. */
  readonly setupFiles: readonly string[];
  readonly testTimeoutMs: number;
  /** The time in which the process has to end after its last test. */
  readonly lingerMs: number;
  readonly maxConcurrency: number;
  readonly testNamePattern: string | null;
}

export interface TestId {
  readonly ancestorTitles: readonly string[];
  readonly title: string;
}

export type FileMessage =
  /** The tests that this run will execute. */
  | { readonly kind: 'collected'; readonly tests: readonly TestId[] }
  /** A test or a hook has started. It ends by itself within the limit unless the process is blocked. */
  | { readonly kind: 'started'; readonly key: string; readonly test: TestId | null; readonly limitMs: number }
  | { readonly kind: 'ended'; readonly key: string }
  | { readonly kind: 'result'; readonly result: AssertionResult }
  /** An error that belongs to no test. */
  | { readonly kind: 'error'; readonly message: string; readonly stack: string | null }
  /** Every test and hook has ended. */
  | { readonly kind: 'done' }
  /** The process still lives some time after `done`, because of these resources. */
  | { readonly kind: 'open'; readonly resources: readonly string[] };

export const keyOf = ({ ancestorTitles, title }: TestId): string =>
  JSON.stringify([...ancestorTitles, title]);
