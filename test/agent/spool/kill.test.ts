/** SPOOL_KILLS=500 tries more often than the suite does. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { everything, openedSpool } from '../../support/opened-spool.ts';
import { tempDir } from '../../support/temp-dir.ts';

const KILLS = Number(process.env.SPOOL_KILLS ?? 15);

test('keeps every accepted record, each once, through kills at any moment', async (t) => {
  const root = await tempDir(t);
  const writer = join(root, 'writer.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('../../support/spool-writer.ts', import.meta.url))],
    outfile: writer,
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
  const dir = join(root, 'spool');
  const accepted = new Set<number>();
  const acknowledged = new Set<number>();
  let lastSeq = 0;

  for (let round = 1; round <= KILLS; round++) {
    for (const line of await outputOfKilled(writer, dir, Math.random() * 60)) {
      const [word, numbers = ''] = line.split(' ');
      const ids = numbers === '' ? [] : numbers.split(',').map(Number);
      if (word === 'open') assert.deepEqual(ids, [lastSeq], 'continues behind the last seq');
      for (const id of word === 'ok' ? ids : []) accepted.add(id);
      for (const id of word === 'ack' ? ids : []) acknowledged.add(id);
    }

    const spool = await openedSpool(t, { dir });
    const found = (await spool.read(everything)).map(({ id, line }) => {
      assert.equal(JSON.parse(line).seq, id);
      return id;
    });
    const there = new Set(found);
    assert.equal(there.size, found.length, 'none is there twice');
    const missing = [...accepted].filter((id) => !there.has(id) && !acknowledged.has(id));
    assert.deepEqual(missing, [], `missing after ${round} kills`);
    assert.ok(spool.lastSeq >= Math.max(lastSeq, ...found));
    assert.deepEqual(spool.status().dropped, {});
    assert.equal(spool.recovery.damagedBytes, 0);
    lastSeq = spool.lastSeq;
    await spool.close();
  }
  t.diagnostic(`${KILLS} kills, ${accepted.size} accepted, ${acknowledged.size} acknowledged`);
  assert.ok(accepted.size > KILLS, `only ${accepted.size} records were accepted: the writer hardly ran`);
  assert.ok(acknowledged.size > 0);
});

/** The whole lines that the writer got out before it was killed, so many ms after its first one. */
async function outputOfKilled(script: string, dir: string, delayMs: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, [script, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (output === '') setTimeout(() => child.kill('SIGKILL'), delayMs);
    output += text;
  });
  const [, signal] = await once(child, 'close');
  assert.equal(signal, 'SIGKILL', 'the writer ended by itself');
  return output.slice(0, output.lastIndexOf('\n')).split('\n');
}
