/** The built functions and the command line on the Node.js of the Lambda runtime. Other tests run on the oldest supported. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { systemRuntime } from '@kinetrack/agent';
import * as z from 'zod';
import { addDevice } from '../../aws/devices.ts';
import { demoFleet } from '../../local/demo/index.ts';
import { FirehoseServer } from '../support/aws/firehose-server.ts';
import { httpEvent } from '../support/aws/http-event.ts';
import { collect } from '../support/collect.ts';
import { tempDir } from '../support/process/temp-dir.ts';
import { lastWorkday } from '../support/time/last-workday.ts';
import { Deployment } from './support/deployment.ts';
import { deliver } from './support/flow.ts';
import { invoke } from './support/lambda.ts';
import { type Moto, newTable, startMoto } from './support/moto.ts';
import { type SynthesizedStack, synthesized } from './support/synthesized.ts';
import { lambdaNode } from './support/tools.ts';

const answer = z.object({ statusCode: z.number(), body: z.string() });
const ADMIN = { 'cognito:username': 'root', 'cognito:groups': '[admin]' };

it('is the major version of the Lambda runtime', async () => {
  const runtimes = synthesized({})
    .flatMap(({ template }) => [...JSON.stringify(template).matchAll(/"Runtime":"(nodejs\d+)\.x"/g)])
    .map(([, runtime]) => runtime);
  const { stdout } = await promisify(execFile)(lambdaNode(), ['--version']);

  assert.deepEqual([...new Set(runtimes)], [`nodejs${/^v(\d+)\./.exec(stdout)?.[1]}`]);
});

describe('the built functions', () => {
  const PEOPLE = 2;
  let moto: Moto;
  let stacks: readonly SynthesizedStack[];
  let deployment: Deployment;
  beforeAll(async () => {
    moto = await startMoto();
    stacks = synthesized({});
    deployment = await Deployment.create(moto, stacks, lambdaNode());
  });

  it('roll up', async () => {
    const events = await collect(demoFleet({ people: PEOPLE, days: 1, endDate: lastWorkday() }).events());
    await deliver(
      deployment,
      stacks,
      events.map((event) => Buffer.from(JSON.stringify(event))),
    );

    await deployment.consume('SampleArrivals', 'rollup', 'RollupHandlerFunction');

    assert.equal((await deployment.summaries.users()).length, PEOPLE);
  });

  it('answer', async () => {
    const [user = ''] = await deployment.summaries.users();
    const claims = { 'cognito:username': user, 'cognito:groups': '[employee]' };
    const event = httpEvent('GET', '/summary/today', { query: `date=${lastWorkday()}`, claims });

    const { statusCode, body } = answer.parse(await deployment.call('api', 'ReadHandlerFunction', event));

    assert.equal(statusCode, 200, body);
    const { observed_s } = z.object({ observed_s: z.number() }).parse(JSON.parse(body));
    assert.ok(observed_s > 0);
  });

  it('delete', async () => {
    const [user = '', ...others] = await deployment.summaries.users();
    const order = httpEvent('DELETE', `/admin/user/${user}`, { query: `confirm=${user}`, claims: ADMIN });
    const { statusCode, body } = answer.parse(await deployment.call('api', 'ReadHandlerFunction', order));
    assert.equal(statusCode, 202, body);

    await deployment.call('delete', 'DeletionHandlerFunction', {
      Records: await deployment.take('Deletion'),
    });

    assert.deepEqual(await deployment.summaries.users(), others);
  });

  it('track', async () => {
    const { client, table } = await newTable(moto, stacks, 'Devices');
    const { token } = await addDevice(
      { client, table, now: () => systemRuntime.now() },
      { userId: 'ada', label: 'laptop', days: 30 },
    );
    // Into Firehose: the client of Kinesis speaks HTTP/2, which neither moto nor kinesis-local does.
    const deliveryStreamName = 'activity';
    const firehose = await FirehoseServer.start({ deliveryStreamName, secret: moto.config.credentials });
    const [event] = await collect(demoFleet({ people: 1, days: 1, endDate: lastWorkday() }).events());
    const request = (authorization: string) =>
      httpEvent('POST', '/track', {
        headers: { authorization: `Bearer ${authorization}`, 'content-type': 'application/x-ndjson' },
        body: Buffer.from(`${JSON.stringify(event)}\n`),
      });
    const where = {
      dir: await tempDir(),
      env: {
        ...moto.env,
        DEVICES_TABLE: table,
        DELIVERY_STREAM_NAME: deliveryStreamName,
        AWS_ENDPOINT_URL_FIREHOSE: firehose.endpoint,
      },
      node: lambdaNode(),
    };

    const refused = answer.parse(await invoke('track', request('unknown'), where));
    const taken = answer.parse(await invoke('track', request(token), where));

    assert.equal(refused.statusCode, 401, refused.body);
    assert.equal(taken.statusCode, 200, taken.body);
    assert.equal(firehose.stored.length, 1, taken.body);
  });
});

describe('the command line', () => {
  const kinetrack = async (...args: readonly string[]) =>
    (await promisify(execFile)(lambdaNode(), [resolve('dist/kinetrack.js'), ...args])).stdout;

  it('prints its help', async () => {
    assert.match(await kinetrack('--help'), /Usage: kinetrack/);
  });

  it('fills a lake and queries it', async () => {
    const lake = join(await tempDir(), 'lake');
    await kinetrack('demo', '--lake', lake, '--people', '2', '--days', '3', '--no-serve');

    const rows = await kinetrack(
      ...['query', '--lake', lake, '--format', 'json'],
      'SELECT count(DISTINCT user_id) AS people FROM hours',
    );

    assert.deepEqual(JSON.parse(rows), [{ people: 2 }]);
  });
});
