/** Runs every test file in a Node process of its own and reports to jest. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { AssertionResult, SerializableError, Test, TestResult } from '@jest/test-result';
import { createEmptyTestResult } from '@jest/test-result';
import type { Config } from '@jest/types';
import { formatExecError, formatResultsErrors } from 'jest-message-util';
import { type FileMessage, type FileOrder, keyOf, type TestId } from './messages.ts';

const FILE_PROCESS = fileURLToPath(new URL('file-process.ts', import.meta.url));

/** jest-circus ends a test at its limit. A process that is this late cannot: its event loop is blocked. */
const BLOCKED_MS = 5000;

/** Idle connections close within 5 s. */
const LINGER_MS = 15_000;

/** What a process may print before the rest is dropped. */
const MAX_OUTPUT_BYTES = 1 << 20;

interface Watcher {
  isInterrupted(): boolean;
}

/** The process groups that have to end with the run. */
const groups = new Set<number>();

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group is empty.
  }
}

function killAll(): void {
  for (const pid of groups) killGroup(pid);
}

/** A process group of its own gets no Ctrl-C of the terminal, so every end of jest has to end it. */
function endWithJest(): () => void {
  const onSignal = (signal: NodeJS.Signals) => {
    killAll();
    stop();
    process.kill(process.pid, signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  process.on('exit', killAll);
  const stop = () => {
    for (const signal of signals) process.off(signal, onSignal);
    process.off('exit', killAll);
  };
  return stop;
}

/** One run of one test file. */
class FileRun {
  readonly #order: FileOrder;
  readonly #child: ChildProcess;
  readonly #results: AssertionResult[] = [];
  readonly #errors: SerializableError[] = [];
  readonly #running = new Map<string, { readonly test: TestId | null; readonly deadline: number }>();
  readonly #output: Buffer[] = [];
  readonly #startedAt = Date.now();
  #collected: readonly TestId[] = [];
  #outputBytes = 0;
  #isDone: boolean = false;
  #killedBecause: string | null = null;
  #watchdog: NodeJS.Timeout | undefined;

  constructor(order: FileOrder, cwd: string) {
    this.#order = order;
    // jest sets NODE_ENV; the code under test runs as it does for its users.
    const { NODE_ENV: _, ...env } = process.env;
    this.#child = spawn(process.execPath, ['--import', 'tsx', FILE_PROCESS, JSON.stringify(order)], {
      ...{ cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
    });
    const { pid } = this.#child;
    if (pid !== undefined) groups.add(pid);
    this.#child.on('message', (message: FileMessage) => this.#receive(message));
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (chunk) => this.#print(chunk));
    this.#begin('the import of the file', null, order.testTimeoutMs);
  }

  /** Resolves once the process and everything that it left behind has ended. */
  async end(): Promise<void> {
    const [code, signal] = await once(this.#child, 'exit');
    clearTimeout(this.#watchdog);
    const { pid } = this.#child;
    if (pid !== undefined) {
      killGroup(pid);
      groups.delete(pid);
    }
    await this.#outputEnd();
    if (this.#killedBecause === null && (!this.#isDone || code !== 0)) {
      const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
      this.#killedBecause = `the process ended ${how} ${this.#isDone ? 'after' : 'before the end of'} its tests`;
    }
    if (this.#killedBecause !== null) this.#failUnfinished(this.#killedBecause);
  }

  kill(reason: string): void {
    this.#killedBecause ??= reason;
    const { pid } = this.#child;
    if (pid !== undefined) killGroup(pid);
  }

  result(config: Config.ProjectConfig, globalConfig: Config.GlobalConfig): TestResult {
    const { file } = this.#order;
    if (this.#results.length === 0 && this.#errors.length === 0) this.#fail('the file has no test');
    const count = (status: AssertionResult['status']) =>
      this.#results.filter((result) => result.status === status).length;
    const end = Date.now();
    const empty = createEmptyTestResult();
    const failures = [
      ...this.#errors.map((error) => formatExecError(error, config, globalConfig, file)),
      formatResultsErrors(this.#results, config, globalConfig, file) ?? '',
    ].join('');
    const [error] = this.#errors;
    return {
      ...empty,
      ...(error !== undefined && { testExecError: error }),
      ...(this.#output.length > 0 && !globalConfig.silent && { console: [this.#printed()] }),
      failureMessage: failures === '' ? null : failures,
      numFailingTests: count('failed'),
      numPassingTests: count('passed'),
      numPendingTests: count('pending'),
      numTodoTests: count('todo'),
      perfStats: {
        ...empty.perfStats,
        start: this.#startedAt,
        end,
        runtime: end - this.#startedAt,
        slow: end - this.#startedAt > config.slowTestThreshold * 1000,
      },
      testFilePath: file,
      testResults: this.#results,
    };
  }

  #receive(message: FileMessage): void {
    switch (message.kind) {
      case 'collected':
        this.#collected = message.tests;
        this.#running.clear();
        break;
      case 'started':
        this.#begin(message.key, message.test, message.limitMs);
        break;
      case 'ended':
        this.#running.delete(message.key);
        this.#watch();
        break;
      case 'result':
        this.#results.push(message.result);
        break;
      case 'error':
        this.#errors.push({ message: message.message, stack: message.stack });
        break;
      case 'done':
        this.#isDone = true;
        this.#running.clear();
        this.#begin('the end of the process', null, this.#order.lingerMs);
        break;
      case 'open':
        this.kill(
          `the process did not end after its tests: open are ${message.resources.join(', ') || 'no handles'}`,
        );
        break;
    }
  }

  #begin(key: string, test: TestId | null, limitMs: number): void {
    this.#running.set(key, { test, deadline: performance.now() + limitMs + BLOCKED_MS });
    this.#watch();
  }

  /** Waits for the earliest deadline of what runs. */
  #watch(): void {
    clearTimeout(this.#watchdog);
    const next = [...this.#running].sort(([, a], [, b]) => a.deadline - b.deadline)[0];
    if (next === undefined) return;
    const [key, { test, deadline }] = next;
    const name = test === null ? key : `the test "${[...test.ancestorTitles, test.title].join(' ')}"`;
    this.#watchdog = setTimeout(
      () => this.kill(`${name} exceeded its limit and blocked the process, which was killed`),
      deadline - performance.now(),
    );
  }

  /** Fails what ran and what had not run yet, so that the counts are complete. */
  #failUnfinished(reason: string): void {
    const started = new Set(this.#running.keys());
    const known = new Set(this.#results.map(keyOf));
    for (const id of this.#collected.filter((each) => !known.has(keyOf(each)))) {
      this.#results.push({
        ancestorTitles: [...id.ancestorTitles],
        title: id.title,
        fullName: [...id.ancestorTitles, id.title].join(' '),
        status: 'failed',
        duration: null,
        failureDetails: [],
        failureMessages: [started.has(keyOf(id)) ? reason : `did not run: ${reason}`],
        numPassingAsserts: 0,
      });
    }
    this.#fail(reason);
  }

  #fail(reason: string): void {
    this.#errors.push({ message: reason, stack: reason });
  }

  #print(chunk: Buffer): void {
    this.#outputBytes += chunk.byteLength;
    if (this.#outputBytes <= MAX_OUTPUT_BYTES) this.#output.push(chunk);
  }

  #printed() {
    const dropped = this.#outputBytes > MAX_OUTPUT_BYTES ? `\n(the first of ${this.#outputBytes} bytes)` : '';
    return { message: Buffer.concat(this.#output).toString() + dropped, origin: '', type: 'log' as const };
  }

  /** A process that left the group may hold the pipes open. */
  async #outputEnd(): Promise<void> {
    const { stdout, stderr } = this.#child;
    const closed = Promise.all(
      [stdout, stderr].map((stream) => stream && !stream.closed && once(stream, 'close')),
    );
    const late = setTimeout(() => {
      stdout?.destroy();
      stderr?.destroy();
    }, 1000);
    await closed;
    clearTimeout(late);
  }
}

export class FileRunner {
  readonly #globalConfig: Config.GlobalConfig;

  constructor(globalConfig: Config.GlobalConfig) {
    this.#globalConfig = globalConfig;
  }

  async runTests(
    tests: readonly Test[],
    watcher: Watcher,
    onStart: (test: Test) => Promise<void>,
    onResult: (test: Test, result: TestResult) => Promise<void>,
    onFailure: (test: Test, error: SerializableError) => Promise<void>,
  ): Promise<void> {
    const waiting = [...tests];
    const stop = endWithJest();
    const work = async () => {
      for (let test = waiting.shift(); test !== undefined; test = waiting.shift()) {
        if (watcher.isInterrupted()) return;
        await this.#run(test, watcher, onStart, onResult, onFailure);
      }
    };
    try {
      await Promise.all(Array.from({ length: Math.max(1, this.#globalConfig.maxWorkers) }, work));
    } finally {
      stop();
    }
  }

  async #run(
    test: Test,
    watcher: Watcher,
    onStart: (test: Test) => Promise<void>,
    onResult: (test: Test, result: TestResult) => Promise<void>,
    onFailure: (test: Test, error: SerializableError) => Promise<void>,
  ): Promise<void> {
    const { config } = test.context;
    await onStart(test);
    const run = new FileRun(this.#orderOf(test), config.rootDir);
    const interrupted = setInterval(
      () => watcher.isInterrupted() && run.kill('the run was interrupted'),
      200,
    );
    await run.end();
    clearInterval(interrupted);
    const result = run.result(config, this.#globalConfig);
    // jest replaces the error of a result without tests by one of its own, which says less.
    if (result.testResults.length === 0 && result.testExecError) await onFailure(test, result.testExecError);
    else await onResult(test, result);
  }

  #orderOf({ path, context: { config } }: Test): FileOrder {
    const testTimeoutMs = this.#globalConfig.testTimeout ?? config.testTimeout ?? 5000;
    return {
      file: path,
      setupFiles: [...config.setupFiles, ...config.setupFilesAfterEnv],
      testTimeoutMs,
      lingerMs: Math.min(LINGER_MS, testTimeoutMs),
      maxConcurrency: this.#globalConfig.maxConcurrency,
      testNamePattern: this.#globalConfig.testNamePattern ?? null,
    };
  }
}
