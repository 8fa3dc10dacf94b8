/**
 * `npm run dev`: builds and runs `kinetrack start`; rebuilds and restarts it when a source changes.
 * Arguments are passed on: `npm run dev -- demo --people 3`. After a failed build, the process of the
 * previous build keeps running.
 */
import { spawn } from 'node:child_process';
import { existsSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { entriesOf, isSource, root, SOURCE_FOLDERS } from './build-age.mjs';

/** Editors save in several steps, and a checkout changes many files. */
const QUIET_MS = 100;
/** `kinetrack start` delivers for at most 5 s, then closes its stores. */
const STOP_TIMEOUT_MS = 30_000;

const say = (/** @type {string} */ text) => console.error(`dev: ${text}`);

/** Runs the built command line, in one process at a time. */
class Runner {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #child;
  #starts = 0;
  /** @type {Promise<void> | undefined} */
  #stopping;

  /** @param {readonly string[]} args */
  constructor(args) {
    this.args = args;
  }

  get isRunning() {
    return this.#child !== undefined;
  }

  start() {
    // The page opened by the first start stays signed in after a restart.
    const noOpen = this.#starts > 0 && ['start', 'demo'].includes(this.args[0]) ? ['--no-open'] : [];
    this.#starts += 1;
    const child = spawn(process.execPath, [`${root}dist/kinetrack.js`, ...this.args, ...noOpen], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      // A separate process group, so Ctrl+C in the terminal signals only this script. A second signal would
      // make the command line exit without storing its data.
      detached: process.platform !== 'win32',
    });
    this.#child = child;
    child.once('error', (error) => say(`cannot run ${process.execPath}: ${error.message}`));
    child.once('close', (code, signal) => {
      this.#child = undefined;
      if (this.#stopping === undefined)
        say(`the process ended with ${signal ?? `exit code ${code}`}. Waiting for a change.`);
    });
  }

  /** Stops the process gracefully; resolves when it has exited. */
  stop() {
    this.#stopping ??= this.#stop().finally(() => {
      this.#stopping = undefined;
    });
    return this.#stopping;
  }

  /** Sends a second signal, which ends a stopping process immediately. */
  endAtOnce() {
    this.#child?.kill('SIGTERM');
  }

  async #stop() {
    const child = this.#child;
    if (child === undefined) return;
    const timer = setTimeout(() => {
      say(`the process did not stop within ${STOP_TIMEOUT_MS / 1000} s. Killing it.`);
      child.kill('SIGKILL');
    }, STOP_TIMEOUT_MS);
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGTERM');
    await ended;
    clearTimeout(timer);
  }
}

/** Collects changed sources. */
class SourceWatcher {
  #changed = new Set();
  #watched = new Set();
  #wake = () => {};

  constructor() {
    for (const folder of SOURCE_FOLDERS) this.#watch(folder);
  }

  /** Resolves after a change and a quiet moment, with the changed files relative to the root. */
  async next() {
    while (this.#changed.size === 0) await new Promise((resolve) => (this.#wake = () => resolve(undefined)));
    for (let before = -1; before !== this.#changed.size; ) {
      before = this.#changed.size;
      await delay(QUIET_MS);
    }
    const changed = [...this.#changed].sort();
    this.#changed.clear();
    return changed;
  }

  /**
   * Not `recursive`: on Linux, Node.js 20 then watches each file, and reports nothing more once an
   * editor has replaced it.
   */
  #watch(/** @type {string} */ folder) {
    if (this.#watched.has(folder) || !existsSync(join(root, folder))) return;
    this.#watched.add(folder);
    const watcher = watch(join(root, folder), (_, name) => {
      if (!existsSync(join(root, folder))) watcher.close();
      if (name === null) return;
      const path = `${folder}/${name}`;
      if (statSync(join(root, path), { throwIfNoEntry: false })?.isDirectory()) this.#watchNew(path);
      else if (isSource(name)) this.#add(path);
    });
    watcher.on('error', () => watcher.close());
    watcher.on('close', () => this.#watched.delete(folder));
    for (const entry of entriesOf(folder)) if (entry.isDirectory()) this.#watch(`${folder}/${entry.name}`);
  }

  /** Files created before the watch started have no event. */
  #watchNew(/** @type {string} */ folder) {
    this.#watch(folder);
    for (const entry of entriesOf(folder)) {
      if (entry.isDirectory()) this.#watchNew(`${folder}/${entry.name}`);
      else if (isSource(entry.name)) this.#add(`${folder}/${entry.name}`);
    }
  }

  #add(/** @type {string} */ path) {
    this.#changed.add(path);
    this.#wake();
  }
}

/** @returns {Promise<boolean>} */
const buildSucceeds = () =>
  new Promise((resolve, reject) => {
    const script = join(root, 'scripts/build.mjs');
    const child = spawn(process.execPath, [script, '--for-start'], { cwd: root, stdio: 'inherit' });
    child.once('error', reject);
    child.once('close', (code) => resolve(code === 0));
  });

async function renew() {
  const startedAt = performance.now();
  const succeeded = await buildSucceeds();
  if (closing) return;
  if (!succeeded) {
    say(
      `the build failed. ${runner.isRunning ? 'The previous build keeps running.' : 'Waiting for a change.'}`,
    );
    return;
  }
  say(`built in ${Math.round(performance.now() - startedAt)} ms, running kinetrack ${runner.args.join(' ')}`);
  await runner.stop();
  if (!closing) runner.start();
}

/** @param {readonly string[]} changed */
const summary = (changed) =>
  changed.length <= 3
    ? changed.join(', ')
    : `${changed.slice(0, 3).join(', ')} and ${changed.length - 3} more`;

const given = process.argv.slice(2);
const runner = new Runner(given[0] === undefined || given[0].startsWith('-') ? ['start', ...given] : given);
let closing = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (closing) return runner.endAtOnce();
    closing = true;
    void runner.stop().then(() => process.exit());
  });
}
// An error in this script must not leave a detached process running.
process.on('exit', () => runner.endAtOnce());

const watcher = new SourceWatcher();
await renew();
while (!closing) {
  say(`changed: ${summary(await watcher.next())}`);
  await renew();
}
