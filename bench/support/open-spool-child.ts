/** Opens a spool and prints the cost: `node open-spool-child.mjs DIR`. */
import { type KeyRing, openSegmentSpool } from '../../agent/src/spool/index.ts';

const [dir = ''] = process.argv.slice(2);
const key = { id: '00000001', secret: new Uint8Array(32).fill(1) };
const keys: KeyRing = { current: key, find: () => key, keptIn: 'the benchmark', problem: null };

const start = performance.now();
const spool = await openSegmentSpool({ dir, keys });
const ms = performance.now() - start;
const { pendingRecords } = spool.status();
const peakRssBytes = process.resourceUsage().maxRSS * 1024;
process.stdout.write(
  JSON.stringify({ ms, rssBytes: process.memoryUsage.rss(), peakRssBytes, pendingRecords }),
);
await spool.close();
