/**
 * `npm run dev`: builds what `kinetrack start` needs, runs it, and on every change of a source
 * builds again and restarts it. Arguments go to the command line: `npm run dev -- demo --people 3`.
 *
 * A build stays in memory until all of its bundles are there: a source that does not compile leaves
 * the files on the disk, and the process that runs from them, as they are.
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
/** `kinetrack start` ends its last deliveries within 10 s; a process that needs longer hangs. */
const STOP_TIMEOUT_MS = 30_000;
/** Folders at the root without sources of the project. */
const NO_SOURCES = new Set(['dist', 'node_modules', 'cdk.out']);

const say = (/** @type {string} */ text) => console.error(`dev: ${text}`);

/** The bundles that `start` needs, built again with what esbuild remembers of the last time. */
class Build {
  /** @type {readonly { name: string, bundle: import('esbuild').BuildContext }[]} */
  #contexts;
  /** Hashes of the files that are on the disk, by path. */
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

  /** The new bundles, or undefined where one of them failed: esbuild has printed why. */
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

/** The process that runs the built command line: at most one at a time. */
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
    // The browser that the first start opened keeps its access over a restart.
    const noOpen = this.#starts > 0 && ['start', 'demo'].includes(this.args[0]) ? ['--no-open'] : [];
    this.#starts += 1;
    const child = spawn(process.execPath, [`${root}dist/kinetrack.js`, ...this.args, ...noOpen], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      // Not in the terminal's group: Ctrl+C reaches it only through this process, and once. A second
      // signal ends it before it has stored what it recorded.
      detached: process.platform !== 'win32',
    });
    this.#child = child;
    child.once('error', (error) => say(`cannot run ${process.execPath}: ${error.message}`));
    child.once('close', (code, signal) => {
      this.#child = undefined;
      if (this.#stopping === undefined)
        say(`the process ended with ${signal ?? `exit code ${code}`}. The next change starts it again.`);
    });
  }

  /** Lets the process store what it recorded; resolves once it has ended. */
  stop() {
    this.#stopping ??= this.#stop().finally(() => {
      this.#stopping = undefined;
    });
    return this.#stopping;
  }

  /** Ends a process that is stopping at once, as a second Ctrl+C does under `npm start`. */
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
 * Calls back when a file below a folder may have changed. Not `recursive`: Node.js 20 on Linux does
 * that by reading the whole tree, node_modules included.
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
    // It was removed between the event and the look.
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

// A defect in this script must not leave a process behind that nobody sees.
process.on('exit', () => runner.endAtOnce());

/** @returns {Promise<boolean>} whether the build worked and runs */
async function renew(/** @type {Build} */ build) {
  const startedAt = new Date();
  const built = await build.run();
  if (built === undefined) {
    say(
      `the build failed. ${runner.isRunning ? 'The process from the last one keeps running.' : 'Waiting for a change.'}`,
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
