/**
 * A process that is there to be killed: appends from several places at once, reads and acknowledges, and says
 * on standard output what it was promised. `ack` is said before the call, `ok` after it: what was said last
 * may or may not have happened.
 */
import { openSegmentSpool } from '../../agent/src/spool/index.ts';

const [dir = ''] = process.argv.slice(2);
const spool = await openSegmentSpool({ dir, segmentBytes: 16 * 1024 });
const say = (word: string, ids: readonly number[]) => process.stdout.write(`${word} ${ids.join(',')}\n`);

let seq = spool.lastSeq;
say('open', [seq]);

async function appendForever(count: number): Promise<never> {
  for (;;) {
    const records = Array.from({ length: count }, () => {
      seq++;
      return { id: seq, line: JSON.stringify({ seq, note: 'n'.repeat((seq * 37) % 400) }) };
    });
    await spool.append(records);
    say(
      'ok',
      records.map(({ id }) => id),
    );
  }
}

async function acknowledgeForever(): Promise<never> {
  for (;;) {
    const records = await spool.read({ maxRecords: 50, maxBytes: 20_000 });
    const ids = records.map(({ id }) => id).filter((id) => id % 7 !== 0);
    say('ack', ids);
    await spool.ack(ids);
    // Whatever is a multiple of seven piles up, so that segments are kept for a few records.
    const rest = records.map(({ id }) => id).filter((id) => id % 7 === 0);
    if (rest.length > 30) {
      say('ack', rest);
      await spool.ack(rest);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

await Promise.all([appendForever(1), appendForever(3), appendForever(20), acknowledgeForever()]);
