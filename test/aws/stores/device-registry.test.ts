import assert from 'node:assert/strict';
import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { addDevice, revokeDevices } from '../../../aws/devices.ts';
import { DynamoDeviceRegistry } from '../../../aws/stores/device-registry.ts';
import { createTable, type DynamoServer, startDynamo } from '../../support/aws/dynamo-server.ts';

let dynamo: DynamoServer;
let client: DynamoDBClient;
beforeAll(async () => {
  dynamo = await startDynamo();
  client = dynamo.client();
});
afterAll(() => dynamo.close());

const DAY_MS = 86_400_000;
const ONE = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff';
const TWO = '0f7c2c35-8ad6-4a4d-9f4c-60a1f6dc6a4e';

async function setup() {
  const clock = { nowMs: Date.parse('2026-11-20T09:00:00.000Z') };
  const table = await createTable(client);
  const options = { client, table, now: () => clock.nowMs };
  const add = (userId: string, days?: number) => addDevice(options, { userId, label: 'laptop', days });
  return { clock, options, add, registry: new DynamoDeviceRegistry(options) };
}

test('finds whose token it is, and no token that was not given out', async () => {
  const { add, registry } = await setup();
  const { token } = await add('ada');
  assert.deepEqual(await registry.find(token), { userId: 'ada', deviceId: undefined, state: 'active' });
  assert.equal(await registry.find(`ktd_${'A'.repeat(43)}`), undefined);
  assert.equal(await registry.find('installation#x'), undefined);
});

test('stores no token', async () => {
  const { add, options } = await setup();
  const { token } = await add('ada');
  const stored = JSON.stringify((await client.send(new ScanCommand({ TableName: options.table }))).Items);
  assert.doesNotMatch(stored, new RegExp(token.slice(4, 20)));
});

test('knows a token that has expired or was revoked', async () => {
  const { add, registry, clock, options } = await setup();
  const [short, other] = [await add('ada', 30), await add('ada')];
  clock.nowMs += 30 * DAY_MS;
  await revokeDevices(options, { ids: [other.entry.id] });
  assert.equal((await registry.find(short.token))?.state, 'expired');
  assert.equal((await registry.find(other.token))?.state, 'revoked');
});

test('binds an installation to the first token that asks', async () => {
  const { add, registry } = await setup();
  const [{ token: adas }, { token: bens }] = [await add('ada'), await add('ben')];
  assert.equal(await registry.bind(adas, ONE), 'bound');
  assert.equal(await registry.bind(adas, ONE), 'bound');
  assert.equal(await registry.bind(bens, ONE), 'taken');
  assert.equal((await registry.find(adas))?.deviceId, ONE);
  assert.equal((await registry.find(bens))?.deviceId, undefined);
});

test('binds an installation to one of several tokens that ask at the same time', async () => {
  const { add, registry } = await setup();
  const tokens = await Promise.all(['ada', 'ben', 'cleo', 'dan'].map((user) => add(user)));
  const outcomes = await Promise.all(tokens.map(({ token }) => registry.bind(token, ONE)));
  assert.equal(outcomes.filter((outcome) => outcome === 'bound').length, 1);
  const [{ token } = { token: '' }] = tokens;
  const same = await Promise.all([1, 2, 3, 4].map(() => registry.bind(token, TWO)));
  assert.deepEqual(same, Array(4).fill('bound'));
});

test('passes an installation to a new token of the same person once the old one is revoked', async () => {
  const { add, registry, options } = await setup();
  const [before, later, bens] = [await add('ada'), await add('ada'), await add('ben')];
  await registry.bind(before.token, ONE);
  assert.equal(await registry.bind(later.token, ONE), 'taken');
  await revokeDevices(options, { ids: [before.entry.id] });
  assert.equal(await registry.bind(bens.token, ONE), 'taken');
  assert.equal(await registry.bind(later.token, ONE), 'bound');
});

test('allows a token a limited number of installations', async () => {
  const { add, registry } = await setup();
  const { token } = await add('ada');
  const id = (i: number) => `00000000-0000-4000-8000-0000000000${String(i).padStart(2, '0')}`;
  for (let i = 0; i < 20; i += 1) assert.equal(await registry.bind(token, id(i)), 'bound');
  assert.equal(await registry.bind(token, id(20)), 'too_many');
  assert.equal(await registry.bind(token, id(3)), 'bound');
});
