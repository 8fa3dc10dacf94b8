/** kill -9 at any moment under load, and what the rollup makes of what was delivered in the end. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { diagnostic } from '../../runner/running-test.ts';
import { rollUpSeconds } from '../../support/lake/second-samples.ts';
import { bundled } from '../../support/process/bundled.ts';
import { tempDir } from '../../support/process/temp-dir.ts';
import { seeded } from '../../support/seeded.ts';
import { sized } from '../../support/sizes.ts';
import { Promises } from '../../support/spool/durability-model.ts';
import { everything, openedSpool } from '../../support/spool/opened-spool.ts';
import { statementsIn, takeDown } from '../../support/spool/reported-appends.ts';
import { testKeys } from '../../support/spool/test-keys.ts';

const KILLS = sized(15, 500);

test('keeps every accepted record through kills at any moment, and the rollup counts each once', async () => {
  const root = await tempDir();
  const writer = await bundled(root, 'spool/spool-writer');
  const dir = join(root, 'spool');
  const random = seeded(1);
  const promises = new Promises();
  const deliveries: (readonly string[])[] = [];
  let lastSeq = 0;

  for (let round = 1; round <= KILLS; round++) {
    const statements = statementsIn(await outputOfKilled(writer, dir, random() * 60));
    assert.deepEqual(statements[0], { say: 'opened', lastSeq }, 'continues behind the last seq');
    deliveries.push(takeDown(statements, promises));
    const spool = await openedSpool({ dir, keys: testKeys() });
    await promises.assertKeptBy(spool, `after ${round} kills`);
    assert.deepEqual(spool.status().dropped, {});
    assert.equal(spool.recovery.damagedBytes, 0);
    await promises.adopt(spool);
    lastSeq = spool.lastSeq;
    if (round === KILLS) deliveries.push((await spool.read(everything)).map(({ line }) => line));
    await spool.close();
  }

  const { accepted, acked } = promises;
  assert.ok(accepted.size > KILLS, `only ${accepted.size} records were accepted: the writer hardly ran`);
  assert.ok(acked.size > 0);
  // Each seq up to the last one was delivered: what was accepted, and what a kill left behind whole.
  const { duplicates, ...counted } = await rollUpSeconds(deliveries);
  assert.deepEqual(counted, { samples: lastSeq, seconds: lastSeq });
  diagnostic(
    `${KILLS} kills, ${accepted.size} accepted, ${acked.size} acknowledged, ` +
      `${duplicates} delivered again, ${counted.samples} in the rollup`,
  );
});

/** What the writer got out before it was killed, so many ms after its first statement. */
async function outputOfKilled(script: string, dir: string, delayMs: number): Promise<string> {
  const child = spawn(process.execPath, [script, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (output === '') setTimeout(() => child.kill('SIGKILL'), delayMs);
    output += text;
  });
  const [, signal] = await once(child, 'close');
  assert.equal(signal, 'SIGKILL', 'the writer ended by itself');
  return output;
}
