/** Credentials that a script passes sign the requests to Kinesis, and appear nowhere else. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { inspect } from 'node:util';
import { ActivityTracker, type ActivityTrackerOptions, createLogger, systemRuntime } from '@kinetrack/agent';
import { afterTest } from '../runner/running-test.ts';
import { FakeMachine } from '../support/agent/fake-sources.ts';
import { endpointOf, listening } from '../support/network/loopback.ts';
import { tempDir } from '../support/process/temp-dir.ts';
import { until } from '../support/time/until.ts';

const KEY = 'AKIAIOSFODNN7EXAMPLE';
const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const TOKEN = 'FwoGZXIvYXdzEXAMPLETOKEN';
const identity = { accessKeyId: KEY, secretAccessKey: SECRET, sessionToken: TOKEN };

/** Refuses everything, as Kinesis does with a wrong key. */
async function refusingServer() {
  const seen: { authorization: string | undefined; token: string | undefined }[] = [];
  const server = createServer((request, response) => {
    const token = request.headers['x-amz-security-token'];
    seen.push({ authorization: request.headers.authorization, token: token?.toString() });
    request.resume().on('end', () => {
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' });
      response.end('{"__type":"UnrecognizedClientException","message":"The security token is invalid"}');
    });
  });
  await listening(server);
  afterTest(() => server.close());
  return { seen, endpoint: endpointOf(server) };
}

const FORMS: readonly (readonly [string, NonNullable<ActivityTrackerOptions['credentials']>])[] = [
  ['an object', identity],
  ['a provider', async () => identity],
];
for (const [what, credentials] of FORMS) {
  test(`signs with credentials that are ${what}, and shows them nowhere`, async () => {
    const { seen, endpoint } = await refusingServer();
    const logged: string[] = [];
    const reported: unknown[] = [];
    const tracker = new ActivityTracker({
      streamName: 'activity',
      region: 'eu-central-1',
      endpoint,
      credentials,
      dataDir: await tempDir(),
      keyStore: 'file',
      closeTimeoutMs: 0,
      sources: new FakeMachine(systemRuntime).factories,
      logger: createLogger({ level: 'debug', write: (line) => logged.push(line) }),
    });
    tracker.on('error', (problem) => reported.push(problem));
    tracker.on('status', (status) => reported.push(status));
    await tracker.start();
    await until('the connection is faulty', () => tracker.status().connection.state === 'faulty');
    const status = tracker.status();
    await tracker.close();
    assert.match(seen[0]?.authorization ?? '', new RegExp(`Credential=${KEY}/\\d{8}/eu-central-1/kinesis/`));
    assert.equal(seen[0]?.token, TOKEN);
    assert.equal(status.connection.fault, 'credentials_invalid');
    const shown = inspect([logged, reported, status, tracker], { depth: 20, showHidden: true });
    for (const secret of [KEY, SECRET, TOKEN]) assert.ok(!shown.includes(secret));
  });
}
