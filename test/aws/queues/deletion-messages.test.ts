import assert from 'node:assert/strict';
import { type DeletionQueueDependencies, deletionMessages } from '../../../aws/queues/deletion-messages.ts';
import { contentOf, deletionContext, lakeOf, NOW_MS } from '../../support/lake/deletion-lake.ts';

async function setup(more: Partial<DeletionQueueDependencies> = {}) {
  const store = await lakeOf(['ada', 'bob']);
  const sent: { body: string; delayS: number }[] = [];
  const aside: string[] = [];
  const logged: string[] = [];
  const note = (text: string, details: object) => void logged.push(`${text} ${JSON.stringify(details)}`);
  const clock = { nowMs: NOW_MS };
  const dependencies: DeletionQueueDependencies = {
    ...deletionContext(store),
    now: () => clock.nowMs,
    log: { info: note, warn: note, error: note },
    settleMs: 900_000,
    sendAgain: async (body, delayS) => void sent.push({ body, delayS }),
    setAside: async (body) => void aside.push(body),
    ...more,
  };
  const send = (...bodies: string[]) =>
    deletionMessages({ Records: bodies.map((body, i) => ({ messageId: `m${i}`, body })) }, dependencies);
  return { store, sent, aside, logged, clock, send };
}

const REQUEST = JSON.stringify({ delete: { id: 'd-1', user_id: 'bob', requested_by: 'root' } });

describe('the deletion queue', () => {
  it('deletes a person, checks again a quarter of an hour later, and then writes the receipt', async () => {
    const { store, sent, clock, send, logged } = await setup();
    await send(REQUEST);
    assert.deepEqual(sent, [{ body: REQUEST, delayS: 900 }]);
    assert.equal(store.objects.has('deletions/receipts/d-1.json'), false);
    clock.nowMs += 900_000;
    await send(REQUEST);
    assert.equal(sent.length, 1);
    assert.equal(store.objects.has('deletions/receipts/d-1.json'), true);
    assert.deepEqual(contentOf(store), contentOf(await lakeOf(['ada'])));
    assert.doesNotMatch(logged.join('\n'), /bob/);
  });

  it('continues with the same message if an invocation is too short', async () => {
    let left = 0;
    const { sent, send, clock, store } = await setup({
      timeLeftMs: () => {
        left -= 1;
        return left > 0 ? 60_000 : 0;
      },
    });
    for (let invocations = 0; !store.objects.has('deletions/receipts/d-1.json'); invocations += 1) {
      assert.ok(invocations < 50);
      left = 4;
      await send(REQUEST);
      if (sent.at(-1)?.delayS === 900) clock.nowMs += 900_000;
    }
    assert.ok(sent.filter(({ delayS }) => delayS === 0).length > 1);
    assert.ok(sent.every(({ body }) => body === REQUEST));
    assert.deepEqual(contentOf(store), contentOf(await lakeOf(['ada'])));
  });

  it('returns a message if the lake fails, and sets invalid messages aside', async () => {
    const { store, aside, send, logged } = await setup();
    store.beforeWrite = () => {
      throw new Error('SlowDown');
    };
    await assert.rejects(send(REQUEST), /SlowDown/);
    store.beforeWrite = () => {};
    const bad = [
      'no JSON',
      '{"delete":{"id":"../x","user_id":"bob","requested_by":"root"}}',
      '{"delete":{}}',
    ];
    await send(...bad);
    assert.deepEqual(aside, bad);
    assert.doesNotMatch(logged.join('\n'), /bob/);
  });

  it('sweeps on request', async () => {
    const { send, logged, sent } = await setup();
    await send('{"sweep":true}');
    assert.match(logged.join('\n'), /lake swept \{"status":"done"/);
    assert.deepEqual(sent, []);
  });
});
