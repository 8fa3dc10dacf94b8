// Records this computer's activity into a Kinesis stream until Ctrl-C. AWS credentials come from the environment.
//   node examples/track.mjs
import { ActivityTracker } from '@kinetrack/agent';

const tracker = new ActivityTracker({ streamName: 'activity' });
tracker.on('event', (event) => console.log(event.ts, event.activity_type));
tracker.on('error', (problem) => console.error(problem.message));

await tracker.start();
console.log(tracker.status().capabilities);
process.once('SIGINT', () => tracker.close().then(console.log));
