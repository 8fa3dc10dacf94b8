/** Capture processes that go wrong in ways that a display cannot be made to cause. */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { type Runtime, systemRuntime } from '../../../agent/src/runtime.ts';
import { inputSource } from '../../../agent/src/sources/input-source.ts';
import { inputEntry } from '../../../agent/src/sources/native/input-entry.ts';
import type { ProcessEnd } from '../../../agent/src/sources/native/input-process.ts';
import { type InputProblem, inputProblem } from '../../../agent/src/sources/native/input-process.ts';
import type { InputSignal } from '../../../agent/src/sources/signals.ts';
import { afterTest } from '../../runner/running-test.ts';
import { tempDir } from '../../support/process/temp-dir.ts';

const session = {
  platform: 'linux',
  env: { ...process.env, DISPLAY: ':1', XDG_SESSION_TYPE: 'x11' },
} as const;
/** Time-outs and delays pass twenty times as fast. */
const accelerated: Runtime = {
  ...systemRuntime,
  after: (delayMs, call) => systemRuntime.after(delayMs / 20, call),
};

/** What is said of a capture process that consists of this script. */
async function startScript(script: string, runtime = systemRuntime) {
  const path = join(await tempDir(), 'child.mjs');
  await writeFile(path, script);
  const signals: InputSignal[] = [];
  const source = inputSource({ runtime, session, entry: { path, execArgv: [] } });
  afterTest(() => source.close());
  const capability = await source.start((signal) => signals.push(signal));
  return { reason: capability.status === 'unavailable' ? capability.reason : capability.status, signals };
}

/** The built capture process in a folder of its own, beside a package of that name with this content. */
async function startBuilt(hook: string | null) {
  const dir = await tempDir();
  const entry = fileURLToPath(new URL('../../../agent/src/sources/native/input-child.ts', import.meta.url));
  const outdir = join(dir, 'sources', 'native');
  const shared = { bundle: true, platform: 'node', format: 'esm', packages: 'external' } as const;
  await build({ ...shared, entryPoints: [entry], outdir });
  await writeFile(join(dir, 'package.json'), '{"type":"module"}');
  if (hook !== null) {
    const folder = join(dir, 'node_modules', 'uiohook-napi');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'index.cjs'), hook);
    await writeFile(join(folder, 'package.json'), '{"name":"uiohook-napi","main":"index.cjs"}');
  }
  // As the package finds it from its own bundle.
  const found = inputEntry(pathToFileURL(join(dir, 'index.js')).href);
  assert.equal(found.path, join(outdir, 'input-child.js'));
  const source = inputSource({ session, entry: found });
  afterTest(() => source.close());
  const capability = await source.start(() => {});
  return capability.status === 'unavailable' ? capability.reason : capability.status;
}

test('a capture process that hangs is ended and said to be silent', async () => {
  const { reason } = await startScript('setInterval(() => {}, 1000);', accelerated);
  assert.match(reason, /^The capture process does not respond/);
});

test('drops a message that does not match the schema, and ends the process', async () => {
  const body = { activity_type: 'key_press', key_class: 'letter', key: 'q' };
  const batch = { kind: 'batch', counts: [], moments: [{ agoMs: 1, body }] };
  const { reason, signals } = await startScript(
    `process.send(${JSON.stringify(batch)}); setInterval(() => {}, 1000);`,
  );
  assert.match(reason, /^The capture process ended repeatedly/);
  assert.deepEqual(signals, []);
});

test('a hook that is not installed is named with the remedy', async () => {
  assert.equal(
    await startBuilt(null),
    'The package uiohook-napi is not installed; reinstall with optional dependencies (npm ci).',
  );
});

test('a system library that is missing is named with the packages that bring it', async () => {
  const hook = `const error = new Error('libXtst.so.6: cannot open shared object file: No such file or directory');
    error.code = 'ERR_DLOPEN_FAILED';
    throw error;`;
  assert.match(
    await startBuilt(hook),
    /^The system library libXtst\.so\.6 is missing; install it \(.+libxtst6/,
  );
});

test('a hook without a build for this machine is named with the remedy', async () => {
  const hook = "throw new Error('No native build was found for platform=linux arch=riscv64');";
  assert.match(await startBuilt(hook), /uiohook-napi has no build that loads on linux-\w+; reinstall/);
});

const ended = (end: Partial<ProcessEnd>, platform: NodeJS.Platform = 'linux'): InputProblem =>
  inputProblem({ cause: 'died', stderr: '', ...end }, { platform, env: { DISPLAY: ':0' } });

test('what cannot change while the program runs is final, what the person can change is tried again', () => {
  assert.equal(ended({ cause: 'not_installed' }).isFinal, true);
  assert.equal(ended({ cause: 'not_loadable' }).isFinal, true);
  assert.equal(ended({ stderr: 'xrecord_start [1024]: XOpenDisplay failure!\n' }).isFinal, false);
  assert.equal(ended({}, 'darwin').isFinal, false);
});

test('names the setting on macOS after an abort or a refusal', () => {
  for (const cause of ['died', 'refused'] as const) {
    assert.match(
      ended({ cause }, 'darwin').reason,
      /macOS denies access to keyboard and mouse; allow it .+ Accessibility and Input Monitoring\.$/,
    );
  }
});

test('an X server without the RECORD extension is said so', () => {
  const stderr = 'xrecord_query [1001]: XRecord is not currently available!\n';
  assert.match(ended({ cause: 'refused', stderr }).reason, /":0" does not offer the RECORD extension/);
});

test('what a process printed is never shown as it is', () => {
  assert.ok(!ended({ stderr: 'a secret of somebody' }).reason.includes('secret'));
});
