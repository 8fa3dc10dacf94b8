/** Child process: sends one event to a stream and prints the outcome. `send-once.ts STREAM ENDPOINT` */
import { kinesisSink } from '../../../agent/src/sinks/index.ts';
import { eventLines } from '../lake/event-lines.ts';

const [streamName = '', endpoint = ''] = process.argv.slice(2);
const sink = kinesisSink({ streamName, endpoint, requestTimeoutMs: 1_000 });
const [outcome] = await sink.send(eventLines(1));
await sink.close();
process.stdout.write(JSON.stringify(outcome));
