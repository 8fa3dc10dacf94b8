import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { inspectSpool } from '../../../agent/src/spool/inspect.ts';
import { eventLines } from '../../support/lake/event-lines.ts';
import { tempDir } from '../../support/process/temp-dir.ts';
import { openedSpool } from '../../support/spool/opened-spool.ts';

test('reads the ledger of an open or closed spool without a key and without changes', async () => {
  const dir = join(await tempDir(), 'spool');
  assert.equal(await inspectSpool(dir), null);
  const spool = await openedSpool({ dir, segmentBytes: 2000 });
  await spool.append(eventLines(50, { bytes: 200 }));
  await spool.ack([1, 2, 3, 20]);
  await spool.drop('refused', [4]);
  await spool.skip(5, 'memory_full');
  const expected = {
    captured: 55,
    delivered: 4,
    pendingRecords: 45,
    dropped: { refused: 1, memory_full: 5 },
  };
  const { bytes: openBytes, ...open } = (await inspectSpool(dir)) ?? { bytes: 0 };
  assert.deepEqual(open, expected);
  assert.ok(openBytes > 45 * 200);
  await spool.close();
  const before = await fingerprint(dir);
  const { bytes: _, ...closed } = (await inspectSpool(dir)) ?? { bytes: 0 };
  assert.deepEqual(closed, expected);
  assert.deepEqual(await fingerprint(dir), before);
});

async function fingerprint(dir: string): Promise<readonly string[]> {
  const names = (await readdir(dir)).sort();
  return Promise.all(
    names.map(async (name) => {
      const { size, mtimeMs } = await stat(join(dir, name));
      return `${name} ${size} ${mtimeMs}`;
    }),
  );
}
