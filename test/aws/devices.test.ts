import assert from 'node:assert/strict';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DEVICE_TOKEN } from '@kinetrack/schema';
import { addDevice, listDevices, revokeDevices } from '../../aws/devices.ts';
import { DynamoDeviceRegistry } from '../../aws/stores/device-registry.ts';
import { createTable, type DynamoServer, startDynamo } from '../support/aws/dynamo-server.ts';

let dynamo: DynamoServer;
let client: DynamoDBClient;
beforeAll(async () => {
  dynamo = await startDynamo();
  client = dynamo.client();
});
afterAll(() => dynamo.close());

const nowMs = Date.parse('2026-11-20T09:00:00.000Z');
const open = async () => ({ client, table: await createTable(client), now: () => nowMs });
const laptop = (userId: string, days?: number) => ({ userId, label: 'laptop', days });

test('issues tokens of 256 bits that an agent can send', async () => {
  const devices = await open();
  const tokens = await Promise.all([1, 2].map(() => addDevice(devices, laptop('ada'))));
  assert.ok(tokens.every(({ token }) => DEVICE_TOKEN.test(token)));
  assert.equal(new Set(tokens.map(({ token }) => token)).size, 2);
});

test('lists devices by person, without installations and tokens', async () => {
  const devices = await open();
  const { token } = await addDevice(devices, laptop('ben', 30));
  await addDevice(devices, laptop('ada'));
  await new DynamoDeviceRegistry(devices).bind(token, '6f9619ff-8b86-4d01-b42d-00cf4fc964ff');
  const listed = await listDevices(devices);
  assert.deepEqual(
    listed.map(({ userId, state, expiresAt, deviceId }) => [userId, state, expiresAt, deviceId]),
    [
      ['ada', 'active', undefined, undefined],
      ['ben', 'active', '2026-12-20T09:00:00.000Z', '6f9619ff-8b86-4d01-b42d-00cf4fc964ff'],
    ],
  );
  assert.ok(!JSON.stringify(listed).includes(token.slice(4)));
  assert.deepEqual(
    (await listDevices(devices, { userId: 'ben' })).map(({ userId }) => userId),
    ['ben'],
  );
});

test('revokes the devices that are named, and says which there are not', async () => {
  const devices = await open();
  const [first, second] = [await addDevice(devices, laptop('ada')), await addDevice(devices, laptop('ada'))];
  const { revoked, unknown } = await revokeDevices(devices, { ids: [first.entry.id, 'nonsense'] });
  assert.deepEqual([revoked.map(({ id }) => id), unknown], [[first.entry.id], ['nonsense']]);
  const states = new Map((await listDevices(devices)).map(({ id, state }) => [id, state]));
  assert.deepEqual([states.get(first.entry.id), states.get(second.entry.id)], ['revoked', 'active']);
});

test('revokes every device of a person, and nobody else, once', async () => {
  const devices = await open();
  for (const user of ['ada', 'ada', 'adam']) await addDevice(devices, laptop(user));
  const once = await revokeDevices(devices, { userId: 'ada' });
  const again = await revokeDevices(devices, { userId: 'ada' });
  assert.deepEqual([once.revoked.length, again.revoked.length], [2, 0]);
  assert.equal((await listDevices(devices, { userId: 'adam' }))[0]?.state, 'active');
});
