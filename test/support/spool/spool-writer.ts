/**
 * Child process: appends from several places at once, delivers and acknowledges until it is killed. Reports each step
 * on standard output.
 */
import { secondSampleLine } from '../lake/second-samples.ts';
import { openReportingSpool } from './reporting-spool.ts';

const [dir = ''] = process.argv.slice(2);
const spool = await openReportingSpool(dir, { segmentBytes: 16 * 1024, groupMs: 10 });
let seq = spool.lastSeq;

async function appendForever(count: number): Promise<never> {
  for (;;) {
    const records = Array.from({ length: count }, () => {
      seq++;
      return { id: seq, line: secondSampleLine(seq) };
    });
    await spool.append(records);
  }
}

async function deliverForever(): Promise<never> {
  for (;;) {
    const records = await spool.read({ maxRecords: 50, maxBytes: 20_000 });
    await spool.deliver(records.filter(({ id }) => id % 7 !== 0));
    // Multiples of seven stay pending: segments are kept for a few records.
    const rest = records.filter(({ id }) => id % 7 === 0);
    if (rest.length > 30) await spool.deliver(rest);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

await Promise.all([appendForever(1), appendForever(3), appendForever(20), deliverForever()]);
