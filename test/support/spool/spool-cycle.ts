/**
 * One short life of a spool, the same in every run: appends alone and together, delivers, goes on to new segments,
 * deletes the old ones, drops the oldest for want of room, reports that, and closes. Failing calls are said.
 */
import { secondSampleLine } from '../lake/second-samples.ts';
import { say } from './reported-appends.ts';
import { openWitnessedSpool } from './reporting-spool.ts';

const [dir = ''] = process.argv.slice(2);

async function attempt(task: () => Promise<void>): Promise<void> {
  try {
    await task();
  } catch (error) {
    say({ say: 'refused', message: error instanceof Error ? error.message : String(error) });
  }
}

await attempt(async () => {
  const spool = await openWitnessedSpool(dir, { segmentBytes: 2048, maxBytes: 12 * 1024, groupMs: 0 });
  const append = (...counts: readonly number[]) => {
    let seq = spool.lastSeq;
    const appends = counts.map((count) =>
      spool.append(
        Array.from({ length: count }, () => {
          seq++;
          return { id: seq, line: secondSampleLine(seq) };
        }),
      ),
    );
    return attempt(async () => {
      for (const outcome of await Promise.allSettled(appends)) {
        if (outcome.status === 'rejected') throw outcome.reason;
      }
    });
  };
  const deliver = (maxRecords: number) =>
    attempt(async () => spool.deliver(await spool.read({ maxRecords, maxBytes: 1e6 })));

  await append(1);
  await append(2, 1);
  await deliver(2);
  await append(3);
  await deliver(5);
  for (let i = 0; i < 5; i++) await append(3);
  await attempt(() => spool.reportLosses());
  await deliver(1);
  // In the end nothing is left that could tell the last seq by being there.
  await deliver(100);
  await spool.close();
  say({ say: 'done' });
});
