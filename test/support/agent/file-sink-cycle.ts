/**
 * A short life of the file sink, to be disturbed at any call: goes on with what the folder holds, writes two files,
 * waits until everything is compressed, ends. Says what was delivered.
 */
import { systemRuntime } from '../../../agent/src/runtime.ts';
import { fileSink } from '../../../agent/src/sinks/index.ts';
import { eventLines } from '../lake/event-lines.ts';

const [dir = ''] = process.argv.slice(2);
const sink = fileSink({ dir, runtime: systemRuntime, rotateBytes: 1000 });
for (const from of [101, 103, 105]) {
  const events = eventLines(2, { from, bytes: 300 });
  // A disk that fails once is asked again, as the queue before the sink does.
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
