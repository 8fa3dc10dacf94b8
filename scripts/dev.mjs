/**
 * `npm run dev`: builds and runs `kinetrack start`; rebuilds and restarts it when a source changes.
 * Arguments are passed on: `npm run dev -- demo --people 3`.
 *
 * Bundles are written only after all of them were built. A source that does not compile therefore
 * changes neither the files on disk nor the running process.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, watch, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { context } from 'esbuild';
import { copyDashboardFiles } from './build-dashboard.mjs';
import { bundles, removeOldParts, root, START_BUNDLES } from './bundles.mjs';
import { changedSinceBuild, recordStartInputs } from './start-inputs.mjs';

/** Editors save in several steps, and a checkout changes many files. */
const QUIET_MS = 100;
/** `kinetrack start` delivers for at most 5 s, then closes its stores. */
const STOP_TIMEOUT_MS = 30_000;
/** Generated folders. */
const NO_SOURCES = new Set(['dist', 'node_modules', 'cdk.out']);

const say = (/** @type {string} */ text) => console.error(`dev: ${text}`);

/** Incremental builds of the bundles that `start` needs. */
class Build {
  /** @type {readonly { name: string, bundle: import('esbuild').BuildContext }[]} */
  #contexts;
  /** Hashes of the written files, by path. */
  #written = new Map();

  /** @param {readonly { name: string, bundle: import('esbuild').BuildContext }[]} contexts */
  constructor(contexts) {
    this.#contexts = contexts;
  }

  static async open() {
    return new Build(
      await Promise.all(
        START_BUNDLES.map(async (name) => ({
          name,
          bundle: await context({ ...bundles[name], metafile: true, write: false }),
        })),
      ),
    );
  }

  /** Builds in memory. Undefined if a bundle failed; esbuild has printed the errors. */
  async run() {
    const results = await Promise.allSettled(this.#contexts.map(({ bundle }) => bundle.rebuild()));
    const built = results.flatMap((result, index) =>
      result.status === 'fulfilled' ? [{ name: this.#contexts[index].name, ...result.value }] : [],
    );
    return built.length === results.length ? built : undefined;
  }

  /**
   * @param {readonly ({ name: string } & import('esbuild').BuildResult)[]} built
   * @param {Date} startedAt
   */
  write(built, startedAt) {
    for (const { path, hash, contents } of built.flatMap(({ outputFiles }) => outputFiles)) {
      if (this.#written.get(path) === hash) continue;
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, contents);
      this.#written.set(path, hash);
    }
    removeOldParts(built.find(({ name }) => name === 'commandLine').metafile);
    copyDashboardFiles(`${root}dist/dashboard`);
    recordStartInputs(
      built.map(({ metafile }) => metafile),
      startedAt,
    );
  }
}

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
      // A process group of its own, so that Ctrl+C in the terminal signals only this script. The
      // command line treats a second signal as an order to exit without storing its data.
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

/**
 * Calls back when a file may have changed. Does not use `recursive`: on Linux, Node.js 20 would then
 * also watch node_modules.
 * @param {() => void} onChange
 */
function watchSources(onChange) {
  const watched = new Set();
  const descend = (/** @type {string} */ folder) => {
    if (watched.has(folder)) return;
    watched.add(folder);
    const watcher = watch(folder, (_, name) => {
      // Swap files of editors.
      if (name?.startsWith('.') || name?.endsWith('~')) return;
      foldersIn(folder).forEach(descend);
      onChange();
    });
    watcher.on('error', () => {
      watcher.close();
      watched.delete(folder);
    });
    watcher.on('close', () => watched.delete(folder));
    foldersIn(folder).forEach(descend);
  };
  descend(root);
}

/** @param {string} folder */
function foldersIn(folder) {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !NO_SOURCES.has(entry.name))
      .map(({ name }) => join(folder, name));
  } catch {
    // The folder was removed after the event.
    return [];
  }
}

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

/** @returns {Promise<boolean>} whether the current sources are running */
async function renew(/** @type {Build} */ build) {
  const startedAt = new Date();
  const built = await build.run();
  if (built === undefined) {
    say(
      `the build failed. ${runner.isRunning ? 'The previous build keeps running.' : 'Waiting for a change.'}`,
    );
    return false;
  }
  say(`built in ${Date.now() - startedAt.getTime()} ms, running kinetrack ${runner.args.join(' ')}`);
  await runner.stop();
  if (closing) return false;
  build.write(built, startedAt);
  runner.start();
  return true;
}

/** @param {readonly string[]} changed */
const summary = (changed) =>
  changed.length <= 3
    ? changed.join(', ')
    : `${changed.slice(0, 3).join(', ')} and ${changed.length - 3} more`;

let notify = () => {};
const nextEvent = () => new Promise((resolve) => (notify = () => resolve(true)));
let event = nextEvent();
watchSources(() => notify());
const build = await Build.open();
let isCurrent = await renew(build);
while (!closing) {
  await event;
  do event = nextEvent();
  while (await Promise.race([event, delay(QUIET_MS, false)]));
  const changed = changedSinceBuild() ?? [];
  if (isCurrent && changed.length === 0) continue;
  say(changed.length === 0 ? 'trying again' : `changed: ${summary(changed)}`);
  isCurrent = await renew(build);
}
