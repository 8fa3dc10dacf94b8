/** Devices as they are given out, listed and revoked at the command line. */
import assert from 'node:assert/strict';
import { DEVICE_TOKEN, kinetrackConfig } from '@kinetrack/schema';
import { DynamoDeviceRegistry } from '../../aws/stores/device-registry.ts';
import { serveStacks } from '../support/aws/cloudformation-server.ts';
import { createTable, type DynamoServer, startDynamo } from '../support/aws/dynamo-server.ts';
import { runCli } from '../support/process/cli.ts';

let dynamo: DynamoServer;
beforeAll(async () => {
  dynamo = await startDynamo();
});
afterAll(() => dynamo.close());

async function deployment() {
  const client = dynamo.client(REGION);
  const table = await createTable(client);
  const endpoint = await serveStacks({
    KinetrackIdentity: { DevicesTableName: table },
    KinetrackApi: { ApiUrl: 'https://abc123.execute-api.eu-central-1.amazonaws.com' },
    Other: { DevicesTableName: 'another' },
  });
  const env = {
    AWS_ENDPOINT_URL_CLOUDFORMATION: endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
    AWS_ACCESS_KEY_ID: 'any',
    AWS_SECRET_ACCESS_KEY: 'any',
    AWS_REGION: 'eu-central-1',
  };
  return {
    registry: new DynamoDeviceRegistry({ client, table, now: () => Date.now() }),
    run: (...args: string[]) => runCli(['devices', ...args], { env }),
  };
}
/** dynalite keeps tables apart by region, as AWS does. */
const REGION = { region: 'eu-central-1' };

describe('devices', () => {
  it('issues a valid token, with a configuration that the agent accepts', async () => {
    const { run, registry } = await deployment();
    const added = await run('add', '--stack', 'Kinetrack', '--user', 'ada', '--label', 'laptop', '--json');
    assert.deepEqual([added.code, added.stderr], [0, '']);
    const { token, config } = JSON.parse(added.stdout);
    assert.match(token, DEVICE_TOKEN);
    assert.deepEqual(kinetrackConfig.parse(config).destination, {
      kind: 'http',
      url: 'https://abc123.execute-api.eu-central-1.amazonaws.com',
      token_file: 'device-token',
    });
    assert.equal((await registry.find(token))?.userId, 'ada');
  });

  it('explains in words where token and configuration go', async () => {
    const { run } = await deployment();
    const { stdout } = await run('add', '--stack', 'Kinetrack', '--user', 'ada', '--days', '30');
    assert.match(stdout, /^Device token \(shown only once\):\n\nktd_[\w-]{43}\n/);
    assert.match(stdout, /"token_file": "device-token"/);
    assert.match(stdout, /kinetrack devices revoke [0-9a-f]{16} --stack Kinetrack\n$/);
  });

  it('lists and revokes', async () => {
    const { run, registry } = await deployment();
    const stack = ['--stack', 'Kinetrack'];
    const { token, id } = JSON.parse((await run('add', ...stack, '--user', 'ada', '--json')).stdout);
    assert.match((await run('list', ...stack)).stdout, new RegExp(`^${id} +ada +active .*no data yet`, 'm'));
    const revoked = await run('revoke', id, ...stack);
    assert.deepEqual([revoked.code, revoked.stdout], [0, `Revoked ${id} (ada)\n`]);
    assert.equal((await registry.find(token))?.state, 'revoked');
    assert.match((await run('revoke', id, ...stack)).stdout, /^Nothing to revoke/);
  });

  it('ends with 1 for a device or a deployment that is not there, and says what shows them', async () => {
    const { run } = await deployment();
    const device = await run('revoke', 'f00', '--stack', 'Kinetrack');
    assert.equal(device.code, 1);
    assert.match(device.stderr, /f00: no such token ID\. List all tokens with `kinetrack devices list`/);
    const person = await run('revoke', '--user', 'a.da', '--stack', 'Kinetrack');
    assert.deepEqual([person.code, person.stdout], [1, '']);
    assert.match(person.stderr, /--user a\.da: no token was ever issued to this user/);
    const stack = await run('list', '--stack', 'Nothing');
    assert.equal(stack.code, 1);
    assert.match(stack.stderr, /--stack Nothing: this account and region have no stack/);
  });

  it('ends with 2 for wrong use', async () => {
    const { run } = await deployment();
    for (const args of [
      ['add', '--stack', 'Kinetrack'],
      ['add', '--stack', 'Kinetrack', '--user', 'ada', '--days', '0'],
      ['add', '--stack', 'Kinetrack', '--user', 'x'.repeat(129)],
      ['add', '--stack', 'Kinetrack', '--user', 'ada '],
      ['revoke', '--stack', 'Kinetrack'],
      ['revoke', 'f00', '--user', 'ada', '--stack', 'Kinetrack'],
      ['list'],
      ['nonsense'],
    ]) {
      assert.equal((await run(...args)).code, 2, args.join(' '));
    }
  });
});
