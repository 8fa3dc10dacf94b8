/** A disk of 1 MiB, filled by the spool and by others. Needs the right to mount a tmpfs. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterTest, diagnostic } from '../../runner/running-test.ts';
import { bundled } from '../../support/process/bundled.ts';
import { smallDisk } from '../../support/process/small-disk.ts';
import { tempDir } from '../../support/process/temp-dir.ts';
import { DurabilityModel, idsOfLosses } from '../../support/spool/durability-model.ts';
import { everything, openedSpool } from '../../support/spool/opened-spool.ts';
import { recordStatements, type Statement, statementsIn } from '../../support/spool/reporting-spool.ts';
import { testKeys } from '../../support/spool/test-keys.ts';
import { until } from '../../support/time/until.ts';

/** Enough for several times the disk: records have about 560 bytes. */
const MANY = 5_000;
/** The writer tries ten times a second: 5 s. */
const MOST_RETRIES = 50;

class Filler {
  readonly durability = new DurabilityModel();
  readonly refusals: string[] = [];
  #rest = '';

  constructor(readonly child: ChildProcess) {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#hear(text));
  }

  get isAlive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  async kill(): Promise<void> {
    if (!this.isAlive) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'close');
  }

  #hear(text: string): void {
    const heard = this.#rest + text;
    const end = heard.lastIndexOf('\n') + 1;
    this.#rest = heard.slice(end);
    const statements: readonly Statement[] = statementsIn(heard.slice(0, end));
    recordStatements(statements, this.durability);
    for (const statement of statements)
      if (statement.kind === 'refused') this.refusals.push(statement.message);
  }
}

async function startFiller(dir: string): Promise<Filler> {
  const script = await bundled(await tempDir(), 'spool/spool-filler');
  const filler = new Filler(spawn(process.execPath, [script, dir], { stdio: ['ignore', 'pipe', 'inherit'] }));
  afterTest(() => filler.kill());
  return filler;
}

test('drops the oldest on a full disk and continues; with nothing left to drop it waits for space', async () => {
  const disk = await smallDisk('1m');
  const dir = join(disk, 'spool');
  const filler = await startFiller(dir);
  const { durability, refusals } = filler;
  const accepted = () => durability.accepted.size;

  await until('the spool outgrows the disk', () => accepted() > MANY || !filler.isAlive);
  assert.ok(filler.isAlive, 'the process stays');
  assert.ok(durability.lost.size > 0, 'the oldest went');
  const whileFull = accepted();

  // Somebody else takes every byte that the spool lets go, until it has none left to let go.
  const other = join(disk, 'other');
  const takeAll = async () => {
    for (let bytes = 64 * 1024; bytes >= 1; bytes >>= 1)
      await appendFile(other, Buffer.alloc(bytes)).catch(() => {});
  };
  while (refusals.length < 3 && filler.isAlive) await takeAll();
  assert.ok(filler.isAlive, 'the process stays');
  assert.match(refusals[0] ?? '', /the disk is full; free up space/);

  const before = accepted();
  const triedBefore = refusals.length;
  const freedAt = performance.now();
  await rm(other);
  await until('records are accepted again', () => accepted() > before || !filler.isAlive);
  const resumedMs = performance.now() - freedAt;
  const retries = refusals.length - triedBefore;
  assert.ok(retries <= MOST_RETRIES, `accepted again after ${retries} attempts`);
  await until('records go on', () => accepted() > before + 500 || !filler.isAlive);
  assert.ok(filler.isAlive, 'the process stays');
  await filler.kill();

  const spool = await openedSpool({ dir, keys: testKeys() });
  await durability.assertKeptBy(spool, 'after all');
  const { dropped, pendingRecords, delivered } = spool.status();
  const lost = idsOfLosses(spool.losses());
  assert.equal(delivered, 0);
  assert.deepEqual(dropped, { disk_full: lost.size });
  assert.deepEqual(
    (await spool.read(everything)).map(({ id }) => id),
    Array.from({ length: pendingRecords }, (_, i) => lost.size + 1 + i),
    'what is left are the newest, without a gap',
  );
  diagnostic(
    `${spool.lastSeq} given out: ${pendingRecords} kept, ${lost.size} dropped; ${whileFull} accepted while full; ` +
      `accepted again ${Math.round(resumedMs)} ms and ${retries} attempts after space was made`,
  );
});
