import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { isWorkday } from '../../local/demo/calendar.ts';
import { runCli } from '../support/process/cli.ts';
import { tempDir } from '../support/process/temp-dir.ts';
import { lastWorkday } from '../support/time/last-workday.ts';

const marker = z.object({ parameters: z.object({ end_date: z.string() }) });

it('fills a lake up to the last working day before today, and refills it for another last day', async () => {
  const lakeDir = join(await tempDir(), 'lake');
  const demo = (...args: string[]) =>
    runCli(['demo', '--lake', lakeDir, '--people', '1', '--days', '1', '--no-serve', ...args]);
  const endDate = async () =>
    marker.parse(JSON.parse(await readFile(join(lakeDir, 'demo.json'), 'utf8'))).parameters.end_date;

  assert.equal((await demo('--until', '2026-11-13')).code, 0);
  assert.equal(await endDate(), '2026-11-13');

  // The date may change while the command runs.
  const before = lastWorkday();
  const replaced = await demo();
  const after = lastWorkday();
  assert.equal(replaced.code, 0, replaced.stderr);
  assert.ok(isWorkday(await endDate()));
  assert.ok([before, after].includes(await endDate()));

  const refused = await demo('--until', '2026-11-12');
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /contains another demo lake: its end_date is \S+, not 2026-11-12/);
});
