// Records activity on this computer and one custom event into a Kinesis stream, until Ctrl+C.
// AWS credentials and region come from the environment. The queue is in ./kinetrack-example-data.
//   node examples/track.mjs [STREAM]
import { ActivityTracker } from '@kinetrack/agent';

const [streamName = 'activity'] = process.argv.slice(2);
const tracker = new ActivityTracker({ streamName, dataDir: 'kinetrack-example-data' });
tracker.on('event', (event) => console.log(event.ts, event.activity_type));
tracker.on('error', (problem) => console.error(problem.code, problem.message));

await tracker.start();
console.log(tracker.status().capabilities);
console.log(await tracker.track('example_started', { node: process.version, pid: process.pid }));
process.once('SIGINT', () => tracker.close().then(console.log));
