/** The whole agent in a network that breaks: the fault is in its status and, once it is over, in the stream. */
import assert from 'node:assert/strict';
import { ActivityTracker, memorySpool, systemRuntime } from '@kinetrack/agent';
import { parseEventLine } from '@kinetrack/schema';
import { afterTest } from '../../runner/running-test.ts';
import { FakeMachine } from '../../support/agent/fake-sources.ts';
import { anyCredentials, startKinesisServer } from '../../support/aws/kinesis-server.ts';
import { createStream, kinesisClient, linesOf, readStream } from '../../support/aws/kinesis-stream.ts';
import { PASS, startFaultProxy } from '../../support/network/fault-proxy.ts';
import { tempDir } from '../../support/process/temp-dir.ts';
import { until } from '../../support/time/until.ts';

process.env.AWS_ACCESS_KEY_ID = anyCredentials.accessKeyId;
process.env.AWS_SECRET_ACCESS_KEY = anyCredentials.secretAccessKey;
process.env.AWS_REGION = 'us-east-1';

test('a fault is in the status within 30 s, and afterwards an event of the stream like its end', async () => {
  const server = await startKinesisServer();
  afterTest(() => server.close());
  const admin = kinesisClient(server.endpoint);
  afterTest(() => admin.destroy());
  const streamName = await createStream(admin);
  const proxy = await startFaultProxy(server.endpoint);
  const tracker = new ActivityTracker({
    ...{ streamName, endpoint: proxy.endpoint, userId: 'jane', flushIntervalMs: 100 },
    ...{ dataDir: await tempDir(), spool: memorySpool(), sources: new FakeMachine(systemRuntime).factories },
  });
  afterTest(() => tracker.close());
  const connection = () => tracker.status().connection;

  await tracker.start();
  await until('it is connected', () => connection().state === 'connected');
  await proxy.become({ kind: 'reset' });
  await tracker.pause();
  await until('the fault is named', () => connection().fault === 'reset');
  assert.match(
    connection().message ?? '',
    new RegExp(`^connections to the stream ${streamName} at .* are reset`),
  );
  await proxy.become(PASS);
  await until('it is connected again', () => connection().state === 'connected');
  assert.deepEqual(await tracker.close(), { status: 'delivered' });

  const events = (await readStream(admin, streamName))
    .flatMap(({ data }) => linesOf(data))
    .map((line) => parseEventLine(line))
    .map((parsed) => (parsed.ok ? parsed.value : assert.fail(parsed.message)));
  const reported = events.filter((event) => event.activity_type === 'system' && event.kind === 'network');
  const details = reported.map((event) => ('detail' in event ? event.detail : {}));
  assert.deepEqual(
    details.map(({ state, fault }) => [state, fault]),
    [
      ['faulty', 'reset'],
      ['connected', undefined],
    ],
  );
  const { captured, delivered, pending, dropped } = tracker.status().counts;
  assert.deepEqual({ captured, pending, dropped }, { captured: delivered, pending: 0, dropped: {} });
});
