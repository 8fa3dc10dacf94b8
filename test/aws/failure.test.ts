/** What commands say when AWS cannot be asked: real clients, real sockets. */
import assert from 'node:assert/strict';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { SQSClient } from '@aws-sdk/client-sqs';
import { clientSettings } from '../../aws/client-settings.ts';
import { deleteInDeployment } from '../../aws/delete-person.ts';
import { DeploymentNotFound, findDeployment } from '../../aws/deployment.ts';
import { AwsFailure, explainAws } from '../../aws/failure.ts';
import { afterTest } from '../runner/running-test.ts';
import { serveStacks } from '../support/aws/cloudformation-server.ts';
import { MemoryObjectStore } from '../support/lake/memory-object-store.ts';
import { startSilentServer } from '../support/network/silent-server.ts';

/** Nothing listens there: it is privileged and reserved. */
const CLOSED = 'http://127.0.0.1:1';
const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };

async function client(endpoint: string, requestTimeoutMs?: number) {
  const settings = await clientSettings({
    region: 'eu-central-1',
    ...(requestTimeoutMs !== undefined && { requestTimeoutMs }),
  });
  const made = new CloudFormationClient({ ...settings, endpoint, credentials });
  afterTest(() => made.destroy());
  return made;
}

const failureOf = async (work: () => Promise<unknown>): Promise<Error> => {
  try {
    await explainAws('the deployment Kinetrack', work);
  } catch (error) {
    assert.ok(error instanceof Error);
    return error;
  }
  return assert.fail('it did not fail');
};

it('gives up after three attempts if a service never answers, and reports what to check', async () => {
  const silent = await startSilentServer();
  const cloud = await client(silent.endpoint, 200);
  const failure = await failureOf(() => findDeployment(cloud, 'Kinetrack'));
  assert.ok(failure instanceof AwsFailure);
  assert.match(failure.message, /^the connection to the deployment Kinetrack timed out; check the network/);
  assert.equal(silent.attempts(), 3);
});

it('reports the remedy for an error of the SDK, and keeps the error as the cause', async () => {
  const cloud = await client(CLOSED);
  const failure = await failureOf(() => findDeployment(cloud, 'Kinetrack'));
  assert.match(failure.message, /^the deployment Kinetrack refuses the connection; .*\(ECONNREFUSED\)$/);
  assert.ok(failure.cause instanceof Error);
});

it('speaks of the command, not of the agent and its queue', async () => {
  const named = (name: string, message = '') => Object.assign(new Error(message), { name });
  const saying = async (error: unknown) => (await failureOf(() => Promise.reject(error))).message;
  const denied = named(
    'AccessDenied',
    'User: arn:aws:iam::123456789012:user/x is not authorized to perform: sqs:SendMessage',
  );
  assert.match(
    await saying(denied),
    /have no permission for this in the deployment Kinetrack: .*sqs:SendMessage/,
  );
  assert.match(await saying(new Error('Region is missing')), /pass --region or set AWS_REGION/);
  assert.match(await saying(named('Throttling')), /run this again later \(Throttling\)/);
  const offline = { interfaces: () => ({}), environment: {} };
  const lost = Object.assign(new Error('x'), { code: 'ENOTFOUND', syscall: 'getaddrinfo' });
  await assert.rejects(
    explainAws('the bucket lake', () => Promise.reject(lost), offline),
    /this computer has no network; connect to a network and run this again/,
  );
});

it('leaves alone what is no failure of AWS', async () => {
  const cloud = await client(await serveStacks({}));
  assert.ok((await failureOf(() => findDeployment(cloud, 'Nothing'))) instanceof DeploymentNotFound);
  const disk = Object.assign(new Error('ENOSPC: no space left on device, write'), {
    code: 'ENOSPC',
    syscall: 'write',
  });
  assert.equal(await failureOf(() => Promise.reject(disk)), disk);
  const bug = new TypeError('x is not a function');
  assert.equal(await failureOf(() => Promise.reject(bug)), bug);
});

it('says that a deletion is asked for only once it is', async () => {
  const sqs = new SQSClient({
    ...(await clientSettings({ region: 'eu-central-1' })),
    endpoint: CLOSED,
    credentials,
  });
  afterTest(() => sqs.destroy());
  const reported: string[] = [];
  const asked = deleteInDeployment({
    ...{ sqs, queueUrl: `${CLOSED}/1/delete`, store: new MemoryObjectStore() },
    request: { id: 'd-1', user_id: 'bob', requested_by: 'root' },
    ...{ looks: 0, wait: () => Promise.resolve(), onProgress: (state: string) => reported.push(state) },
  });
  await assert.rejects(asked, /ECONNREFUSED/);
  assert.deepEqual(reported, []);
});
