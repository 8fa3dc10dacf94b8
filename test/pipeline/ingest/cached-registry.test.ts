import assert from 'node:assert/strict';
import { cachedRegistry } from '../../../pipeline/ingest/index.ts';
import { MemoryDevices } from '../../support/network/ingest-parts.ts';

const MINUTE_MS = 60_000;

function setup() {
  const devices = new MemoryDevices();
  devices.devices.set('token', { userId: 'ada', deviceId: 'one', state: 'active' });
  const clock = { nowMs: 0 };
  return { devices, clock, registry: cachedRegistry({ devices, now: () => clock.nowMs }) };
}

test('looks a device up once in five minutes', async () => {
  const { devices, clock, registry } = setup();
  for (const minute of [0, 1, 4]) {
    clock.nowMs = minute * MINUTE_MS;
    assert.equal((await registry.find('token'))?.userId, 'ada');
  }
  assert.equal(devices.lookups, 1);
});

test('knows of a revocation after five minutes, however often the device asks', async () => {
  const { devices, clock, registry } = setup();
  await registry.find('token');
  devices.devices.set('token', { userId: 'ada', deviceId: 'one', state: 'revoked' });
  for (clock.nowMs = 0; clock.nowMs < 5 * MINUTE_MS; clock.nowMs += MINUTE_MS) await registry.find('token');
  assert.equal((await registry.find('token'))?.state, 'revoked');
});

test('remembers neither unknown tokens nor those that do not work', async () => {
  const { devices, registry } = setup();
  assert.equal(await registry.find('new'), undefined);
  devices.devices.set('new', { userId: 'ben', deviceId: undefined, state: 'active' });
  assert.equal((await registry.find('new'))?.userId, 'ben');
});

test('remembers the installation that was bound', async () => {
  const { registry } = setup();
  await registry.find('token');
  await registry.bind('token', 'two');
  assert.equal((await registry.find('token'))?.deviceId, 'two');
});
