/**
 * Child process: a short use of the file sink with faults at any call. Continues with the files of the folder, writes
 * two files, waits until all are compressed, and ends. Reports delivered events.
 */
import { systemRuntime } from '../../../agent/src/runtime.ts';
import { fileSink } from '../../../agent/src/sinks/index.ts';
import { eventLines } from '../lake/event-lines.ts';

const [dir = ''] = process.argv.slice(2);
const sink = fileSink({ dir, runtime: systemRuntime, rotateBytes: 1000 });
for (const from of [101, 103, 105]) {
  const events = eventLines(2, { from, bytes: 300 });
  // Retries after a failure of the disk, like the queue.
  for (let attempt = 1; attempt <= 5; attempt++) {
    const outcomes = await sink.send(events);
    if (outcomes.every(({ status }) => status === 'delivered')) {
      process.stdout.write(`ok ${events.map(({ id }) => id).join(',')}\n`);
      break;
    }
  }
}
for (let turn = 0; sink.pendingFiles > 0 && turn < 1000; turn++) {
  await sink.flush?.();
  await new Promise((resolve) => setTimeout(resolve, 2));
}
await sink.close();
