import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemRuntime } from '@kinetrack/agent';
import { deleteInFolder } from '../../../local/delete-person.ts';
import { removeAbandonedWrites } from '../../../local/stores/abandoned-writes.ts';
import { tempDir } from '../../support/process/temp-dir.ts';

/** Of a process that has ended. */
const gone = (): number => spawnSync(process.execPath, ['--version']).pid;

test('removes what a process was writing that is gone, and nothing else', async () => {
  const lake = await tempDir();
  const folder = join(lake, 'raw', 'dt=2026-11-20');
  await mkdir(folder, { recursive: true });
  const abandoned = `a.json.gz.${gone()}-1.writing`;
  const old = `b.json.gz.${process.pid}-1.writing`;
  const current = `b.json.gz.${process.pid}-2.writing`;
  for (const name of [abandoned, old, current, 'a.json.gz', 'notes.writing']) {
    await writeFile(join(folder, name), 'x');
  }
  const nowMs = systemRuntime.now();
  await utimes(join(folder, old), nowMs / 1000 - 3601, nowMs / 1000 - 3601);
  await utimes(join(folder, current), nowMs / 1000, nowMs / 1000);
  const removed = await removeAbandonedWrites(lake, nowMs);
  const expected = new Set([abandoned, old].map((name) => join('raw', 'dt=2026-11-20', name)));
  assert.deepEqual(new Set(removed), expected);
  assert.deepEqual((await readdir(folder)).sort(), ['a.json.gz', current, 'notes.writing'].sort());
  assert.deepEqual(await removeAbandonedWrites(join(lake, 'nowhere'), nowMs), []);
});

test('a deletion leaves no unfinished object of the person behind, and a dry run touches none', async () => {
  const lake = await tempDir();
  const left = `a.json.gz.${gone()}-1.writing`;
  await mkdir(join(lake, 'raw'));
  await writeFile(join(lake, 'raw', left), 'events of ada');
  const request = { id: 'd-1', user_id: 'ada', requested_by: 'root' };
  await deleteInFolder({ lakeDir: lake, request: { ...request, dry_run: true }, runtime: systemRuntime });
  assert.deepEqual(await readdir(join(lake, 'raw')), [left]);
  await deleteInFolder({ lakeDir: lake, request, runtime: systemRuntime });
  assert.deepEqual(await readdir(join(lake, 'raw')), []);
});
