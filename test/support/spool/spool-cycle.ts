/**
 * Child process: a short use of a spool, the same in every run. Appends alone and together, delivers, starts new
 * segments, deletes old ones, drops the oldest to make room, reports the losses and closes. Reports failing calls.
 */
import { secondSampleLine } from '../lake/second-samples.ts';
import { openReportingSpool, report } from './reporting-spool.ts';

const [dir = ''] = process.argv.slice(2);

async function attempt(task: () => Promise<void>): Promise<void> {
  try {
    await task();
  } catch (error) {
    report({ kind: 'refused', message: error instanceof Error ? error.message : String(error) });
  }
}

await attempt(async () => {
  const spool = await openReportingSpool(dir, { segmentBytes: 2048, maxBytes: 12 * 1024, groupMs: 0 });
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
  // Now no pending record reveals the last seq.
  await deliver(100);
  await spool.close();
  report({ kind: 'done' });
});
