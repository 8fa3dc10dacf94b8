import assert from 'node:assert/strict';
import { awaitReceipt } from '../../aws/delete-person.ts';
import { deletePerson } from '../../pipeline/deletion/index.ts';
import { deletionContext, lakeOf, NOW_MS } from '../support/lake/deletion-lake.ts';

it('waits for the receipt of a deletion, and reports each change of its state', async () => {
  const store = await lakeOf(['ada', 'bob']);
  const clock = { nowMs: NOW_MS };
  const setup = deletionContext(store, { now: () => clock.nowMs, settleMs: 900_000 });
  const request = { id: 'd-1', user_id: 'bob', requested_by: 'root' };
  const reported: string[] = [];
  let waits = 0;
  const receipt = await awaitReceipt('d-1', {
    store,
    looks: 10,
    onProgress: (state) => reported.push(state),
    async wait() {
      waits += 1;
      if (waits === 2) await deletePerson(request, setup);
      clock.nowMs += 300_000;
      if (waits === 6) await deletePerson(request, setup);
    },
  });
  assert.equal(receipt?.id, 'd-1');
  assert.deepEqual(reported, [
    'Queued',
    'First pass finished. The second pass starts at 2026-11-20T12:20:00.000Z.',
  ]);
  const none = { store, looks: 2, onProgress: () => {}, wait: () => Promise.resolve() };
  assert.equal(await awaitReceipt('d-2', none), undefined);
});
