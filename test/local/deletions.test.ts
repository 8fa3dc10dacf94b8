import assert from 'node:assert/strict';
import { DEFAULT_RULES } from '@kinetrack/schema';
import { systemRuntime } from '../../agent/src/runtime.ts';
import { localDeletions } from '../../local/deletions.ts';
import { FileObjectStore } from '../../local/stores/object-store.ts';
import { openLake } from '../../local/stores/query-engine.ts';
import { createApi } from '../../pipeline/api/index.ts';
import { rollupHour } from '../../pipeline/rollup/index.ts';
import { afterTest } from '../runner/running-test.ts';
import { rawObject, rawSampleKey, sampleEvent } from '../support/lake/raw-samples.ts';
import { tempDir } from '../support/process/temp-dir.ts';

test('the route deletes a person from the lake of this machine, and finds the receipt', async () => {
  const lakeDir = await tempDir();
  const store = new FileObjectStore(lakeDir);
  const hour = { dt: '2026-11-20', hour: '09' };
  const ben = sampleEvent({ user_id: 'ben', device_id: '0f7c2c35-8ad6-4a4d-9f4c-60a1f6dc6a4e' });
  await store.put(rawSampleKey(hour, 'a'), rawObject([sampleEvent(), ben]));
  await rollupHour({ store, hour, rules: DEFAULT_RULES });
  const lake = await openLake({ lakeDir });
  afterTest(() => lake.close());
  const api = createApi({
    store: lake,
    callerOf: () => ({ userId: 'ada', roles: ['admin'] }),
    now: () => systemRuntime.now(),
    status: async () => ({ recording: 'off', note: null, captures: [], delivery: null }),
    rules: DEFAULT_RULES,
    utcOffsetMin: () => 0,
    deletions: localDeletions({ lakeDir, runtime: systemRuntime, pipeline: null }),
  });
  const ask = async (method: string, path: string) => (await api.request(path, { method })).json();

  assert.deepEqual((await ask('GET', '/users')).users, ['ada', 'ben']);
  const { deletion, status } = await ask('DELETE', '/admin/user/ben?confirm=ben');
  assert.equal(status, 'accepted');
  const receipt = await ask('GET', `/admin/deletions/${deletion}`);
  assert.deepEqual([receipt.id, receipt.removed.events], [deletion, { sample: 1 }]);
  assert.deepEqual((await ask('GET', '/users')).users, ['ada']);
});
