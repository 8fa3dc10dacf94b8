/** What a real display does too rarely to wait for, by an `xprop` that a test writes. */
import assert from 'node:assert/strict';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { X11WindowWatch } from '../../../../agent/src/sources/native/window-probe-x11.ts';
import { afterTest } from '../../../runner/running-test.ts';
import { until } from '../../../support/agent/x-session.ts';
import { tempDir } from '../../../support/process/temp-dir.ts';

const front = (id: string) => `echo "_NET_ACTIVE_WINDOW(WINDOW): window id # ${id}"`;

/** Watches by an xprop that does this for the root window and that for a window; `calls` are the ids it was run for. */
async function watchBy({ root, window }: { root: string; window: string }) {
  const dir = await tempDir();
  const log = join(dir, 'calls');
  await writeFile(log, '');
  const script = `#!/bin/sh\nif [ "$2" = -root ]; then\n${root}\nelse\necho "$3" >> '${log}'\n${window}\nfi\n`;
  await writeFile(join(dir, 'xprop'), script);
  await chmod(join(dir, 'xprop'), 0o755);
  let fronts = 0;
  const watch = new X11WindowWatch(
    { PATH: `${dir}:${process.env.PATH ?? ''}` },
    { front: () => (fronts += 1), title: () => {} },
  );
  afterTest(() => watch.close());
  const calls = async () => (await readFile(log, 'utf8')).split('\n').filter((line) => line !== '');
  return { watch, calls, fronts: () => fronts };
}

test('a new window is followed although it has the number of one that closed', async () => {
  const root = `${front('0x1')}; sleep 0.5; ${front('0x1')}; exec sleep 60`;
  const { calls } = await watchBy({ root, window: 'exit 1' });
  await until(async () => (await calls()).length === 2);
  assert.deepEqual(await calls(), ['0x1', '0x1']);
});

test('polls when a window ends, even if the window manager still reports it', async () => {
  const root = `${front('0x1')}; exec sleep 60`;
  const { fronts } = await watchBy({ root, window: 'sleep 0.2; exit 1' });
  await until(() => fronts() === 2);
});

test('a window is followed by one xprop, however often it is named', async () => {
  const root = `for i in 1 2 3 4 5; do ${front('0x1')}; sleep 0.1; done; ${front('0x2')}; exec sleep 60`;
  const { calls } = await watchBy({ root, window: 'exec sleep 60' });
  await until(async () => (await calls()).includes('0x2'));
  assert.deepEqual(await calls(), ['0x1', '0x2']);
});

test('stops watching when the display closes', async () => {
  const { watch } = await watchBy({ root: 'exit 1', window: 'exit 1' });
  await until(() => !watch.isWatching);
});
