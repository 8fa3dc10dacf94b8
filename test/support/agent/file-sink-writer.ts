/**
 * Child process: writes events to files and uploads them to S3 until it is killed. Reports delivered events on standard
 * output. Arguments: folder, endpoint, first id, `write` or (to upload existing files) `upload`.
 */

import { systemRuntime } from '../../../agent/src/runtime.ts';
import { fileSink } from '../../../agent/src/sinks/index.ts';
import { eventLines } from '../lake/event-lines.ts';

const [dir = '', endpoint = '', first = '', mode = ''] = process.argv.slice(2);
process.env.AWS_ACCESS_KEY_ID = 'test';
process.env.AWS_SECRET_ACCESS_KEY = 'test';

const sink = fileSink({
  dir,
  runtime: systemRuntime,
  compress: mode === 'write',
  rotateBytes: 40_000,
  upload: { bucket: 'lake', endpoint, region: 'us-east-1', partBytes: 5 * 1024 * 1024 },
});
const say = (word: string) => process.stdout.write(`${word}\n`);
say('open');

let next = Number(first);
async function sendForever(count: number): Promise<never> {
  for (;;) {
    const events = eventLines(count, { from: next, bytes: 150 + ((next * 37) % 400) });
    next += count;
    const outcomes = await sink.send(events);
    const delivered = events.filter((_, i) => outcomes[i]?.status === 'delivered');
    say(`ok ${delivered.map(({ id }) => id).join(',')}`);
    // At full speed it would write more files than a test can upload.
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

if (mode === 'write') await Promise.all([sendForever(1), sendForever(7), sendForever(40)]);
// The timers of the sink keep nothing alive: it would end between two attempts.
else setInterval(() => {}, 60_000);
