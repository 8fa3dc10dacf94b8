/** The example of the README, as somebody runs it who has just cloned the repository. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEventLine } from '@kinetrack/schema';
import { afterTest } from '../runner/running-test.ts';
import { anyCredentials, startKinesisServer } from '../support/aws/kinesis-server.ts';
import { createStream, kinesisClient, readStream } from '../support/aws/kinesis-stream.ts';
import { tempDir } from '../support/process/temp-dir.ts';
import { until } from '../support/time/until.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/track.mjs', import.meta.url));

it('records into a stream, with a folder of its own and nothing in that of `npm start`', async () => {
  const kinesis = await startKinesisServer();
  afterTest(() => kinesis.close());
  const client = kinesisClient(kinesis.endpoint);
  afterTest(() => client.destroy());
  const streamName = await createStream(client);
  const home = await tempDir();
  const cwd = await tempDir();

  const child = spawn(process.execPath, [EXAMPLE, streamName], {
    cwd,
    env: {
      PATH: process.env.PATH,
      HOME: home,
      AWS_ACCESS_KEY_ID: anyCredentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: anyCredentials.secretAccessKey,
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL: kinesis.endpoint,
    },
  });
  afterTest(() => child.kill('SIGKILL'));
  let printed = '';
  for (const output of [child.stdout, child.stderr]) {
    output.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  }
  await until('its own event is accepted', () => /status: 'accepted'/.test(printed));
  child.kill('SIGINT');
  const [code] = await once(child, 'exit');

  assert.equal(code, 0, printed);
  assert.match(printed, /\{ status: 'delivered' \}/);
  const events = (await readStream(client, streamName))
    .flatMap(({ data }) => data.trimEnd().split('\n'))
    .flatMap((line) => {
      const event = parseEventLine(line);
      assert.ok(event.ok);
      return event.value.activity_type === 'custom' ? [event.value] : [];
    });
  assert.deepEqual(
    events.map(({ name, values }) => [name, values]),
    [['example_started', { node: process.version, pid: child.pid }]],
  );
  assert.deepEqual(await readdir(cwd), ['kinetrack-example-data']);
  assert.ok((await readdir(join(cwd, 'kinetrack-example-data'))).includes('spool'));
  assert.ok(!(await readdir(home, { recursive: true })).some((path) => path.includes('kinetrack')));
});
