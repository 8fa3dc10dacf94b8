/**
 * The process of one test file: jest-circus and expect in plain Node, without jest's sandbox and module registry.
 * It reports to the runner over IPC and ends by itself once nothing keeps it alive.
 */
import { pathToFileURL } from 'node:url';
import type { Circus } from '@jest/types';
import { expect } from 'expect';
import * as circus from 'jest-circus';
import { flattenErrorStack } from 'jest-message-util';
import { type FileMessage, type FileOrder, keyOf, type TestId } from './messages.ts';
import { endFile, endTest } from './running-test.ts';

const { afterAll, afterEach, beforeAll, beforeEach, describe, it, test } = circus;
Object.assign(globalThis, { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test });

/** Tests that have started and not ended, by the identity that jest-circus gives to their asynchronous context. */
const running = new Map<object, Circus.TestEntry>();
const ended = new WeakMap<object, Circus.TestEntry>();
const hookKeys = new Map<Circus.Hook, string>();

const OWN_FRAME = /[/\\]test[/\\]runner[/\\](?:file-process|file-runner|running-test)\.ts[:)]/;

const send = (message: FileMessage) => process.send?.(message);

function idOf(entry: Circus.TestEntry): TestId {
  const ancestorTitles: string[] = [];
  for (let block = entry.parent; block.parent !== undefined; block = block.parent) {
    ancestorTitles.unshift(block.name);
  }
  return { ancestorTitles, title: entry.name };
}

const fullNameOf = ({ ancestorTitles, title }: TestId) => [...ancestorTitles, title].join(' ');

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(`thrown: ${String(thrown)}`);
}

/**
 * The stack as jest prints it. jest hides frames of functions without a name, which test bodies are. Frames of
 * this runner say nothing about the test.
 */
const stackOf = (error: Error): string =>
  flattenErrorStack(error)
    .split('\n')
    .filter((line) => !OWN_FRAME.test(line))
    .map((line) => line.replace(/^(\s+at )(?:async )?<anonymous> \((.+)\)$/, '$1$2'))
    .join('\n');

/** What jest prints of an error of a test. */
function textOf(failure: Circus.TestError): string {
  const [error, calledFrom] = Array.isArray(failure) ? failure : [failure, undefined];
  if (error instanceof Error) return stackOf(error);
  // jest-circus turns an AssertionError into an object with the text to print.
  if (typeof error === 'object' && error !== null && typeof error.message === 'string') return error.message;
  const frames =
    calledFrom instanceof Error
      ? stackOf(calledFrom)
          .split('\n')
          .filter((line) => /^\s+at /.test(line))
      : [];
  return [String(error), ...frames].join('\n');
}

function reportTest(entry: Circus.TestEntry): void {
  const id = idOf(entry);
  const failed = entry.errors.length > 0;
  const status =
    entry.status === 'skip' ? 'pending' : entry.status === 'todo' ? 'todo' : failed ? 'failed' : 'passed';
  send({
    kind: 'result',
    result: {
      ...{ ancestorTitles: [...id.ancestorTitles], title: id.title, fullName: fullNameOf(id), status },
      duration: entry.duration ?? null,
      failureDetails: [],
      failureMessages: entry.errors.map(textOf),
      numPassingAsserts: 0,
    },
  });
}

function reportFileError(thrown: unknown, where: string): void {
  const error = asError(thrown);
  send({ kind: 'error', message: `${where}: ${error.message}`, stack: stackOf(error) });
}

/** An error outside of every `await`: it fails the test that it stems from, or the file where that one has ended. */
function onStrayError(thrown: unknown, what: string): void {
  const identity = expect.getState().currentTestIdentity?.();
  const entry = identity && running.get(identity);
  if (entry !== undefined) {
    entry.errors.push(asError(thrown));
    return;
  }
  const late = identity && ended.get(identity);
  reportFileError(thrown, late ? `${what} after the test "${fullNameOf(idOf(late))}" had ended` : what);
}

function collectedFrom(
  block: Circus.DescribeBlock,
  { testNamePattern, hasFocusedTests }: Circus.State,
): TestId[] {
  return block.children.flatMap((child) => {
    if (child.type === 'describeBlock') return collectedFrom(child, circus.getState());
    const isOut = hasFocusedTests ? child.mode !== 'only' : child.mode === 'skip' || child.mode === 'todo';
    const id = idOf(child);
    return isOut || testNamePattern?.test(fullNameOf(id)) === false ? [] : [id];
  });
}

async function cleanUp(entry: Circus.TestEntry, limitMs: number): Promise<void> {
  const key = `the cleanup of the test "${fullNameOf(idOf(entry))}"`;
  send({ kind: 'started', key, test: null, limitMs });
  try {
    await endTest();
  } catch (error) {
    entry.errors.push(asError(error));
  }
  send({ kind: 'ended', key });
}

function onTestEnd(entry: Circus.TestEntry): void {
  running.delete(entry);
  ended.set(entry, entry);
  reportTest(entry);
}

async function onEvent(event: Circus.Event, state: Circus.State): Promise<void> {
  switch (event.name) {
    case 'run_start':
      send({ kind: 'collected', tests: collectedFrom(state.rootDescribeBlock, state) });
      break;
    case 'test_start':
      running.set(event.test, event.test);
      break;
    case 'test_fn_start': {
      const id = idOf(event.test);
      send({ kind: 'started', key: keyOf(id), test: id, limitMs: event.test.timeout ?? state.testTimeout });
      break;
    }
    case 'test_fn_success':
    case 'test_fn_failure':
      send({ kind: 'ended', key: keyOf(idOf(event.test)) });
      break;
    case 'hook_start': {
      const key = `${event.hook.type} hook ${hookKeys.size}`;
      hookKeys.set(event.hook, key);
      send({ kind: 'started', key, test: null, limitMs: event.hook.timeout ?? state.testTimeout });
      break;
    }
    case 'hook_success':
    case 'hook_failure':
      send({ kind: 'ended', key: hookKeys.get(event.hook) ?? '' });
      break;
    case 'test_skip':
    case 'test_todo':
      onTestEnd(event.test);
      break;
    case 'test_done':
      // Not an `afterEach` hook: jest-circus calls none for concurrent tests.
      await cleanUp(event.test, state.testTimeout);
      onTestEnd(event.test);
      break;
  }
}

async function runFile(order: FileOrder): Promise<void> {
  const state = circus.getState();
  state.testTimeout = order.testTimeoutMs;
  state.maxConcurrency = order.maxConcurrency;
  if (order.testNamePattern !== null) state.testNamePattern = new RegExp(order.testNamePattern, 'i');
  expect.setState({ testPath: order.file });
  circus.addEventHandler(onEvent);
  for (const file of [...order.setupFiles, order.file]) await import(pathToFileURL(file).href);
  // Registered last, it runs last.
  afterAll(endFile);
  const { unhandledErrorsDetailed } = await circus.run();
  for (const error of unhandledErrorsDetailed) reportFileError(error, 'outside of the tests');
}

process.on('uncaughtException', (error) => onStrayError(error, 'an error was thrown'));
process.on('unhandledRejection', (error) =>
  onStrayError(error, 'a promise was rejected and nothing awaited it'),
);
// The runner has ended: so does this process, with what it has started.
const endWithRunner = () => process.kill(-process.pid, 'SIGKILL');
process.on('disconnect', endWithRunner);
if (!process.connected) endWithRunner();

const [orderJson = ''] = process.argv.splice(2);
const order: FileOrder = JSON.parse(orderJson);
process.argv[1] = order.file;
process.channel?.unref();
try {
  await runFile(order);
} catch (error) {
  reportFileError(error, 'the file could not be loaded');
}
process.exitCode = undefined;
send({ kind: 'done' });
setTimeout(() => send({ kind: 'open', resources: process.getActiveResourcesInfo() }), order.lingerMs).unref();
