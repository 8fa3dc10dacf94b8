import assert from 'node:assert/strict';
import { addTombstone, loadTombstones, NO_TOMBSTONES } from '../../../pipeline/lake/tombstones.ts';
import { VersionedMemoryStore } from '../../support/lake/versioned-store.ts';

const NINE = Date.parse('2026-11-20T09:00:00.000Z');
const newSalt = () => 'a salt that nobody guesses';
const emptyStore = () => new VersionedMemoryStore(() => NINE);

describe('tombstones', () => {
  it('hide what happened before the deletion, and nothing after it', async () => {
    const store = emptyStore();
    await addTombstone(store, { userId: 'ada', deletedBeforeMs: NINE, newSalt });
    const tombstones = await loadTombstones(store);
    assert.equal(tombstones.excludes('ada', NINE - 1), true);
    assert.equal(tombstones.excludes('ada', NINE), false);
    assert.equal(tombstones.excludes('ada', Number.NaN), false);
  });

  it('hide nobody else, whose name begins, ends or looks alike', async () => {
    const store = emptyStore();
    for (const userId of ['ada', 'a/../b', 'Ünal "x"']) {
      await addTombstone(store, { userId, deletedBeforeMs: NINE, newSalt });
    }
    const tombstones = await loadTombstones(store);
    for (const userId of ['ad', 'ada ', 'Ada', 'adab', 'b', 'a', 'U\u0308nal "x"', '']) {
      assert.equal(tombstones.excludes(userId, 0), false, userId);
    }
    for (const userId of ['ada', 'a/../b', 'Ünal "x"']) {
      assert.equal(tombstones.excludes(userId, 0), true, userId);
    }
  });

  it('are one listing and no read if nobody was deleted', async () => {
    const store = emptyStore();
    assert.equal(await loadTombstones(store), NO_TOMBSTONES);
    assert.deepEqual(store.lists, ['deletions/tombstones/']);
    assert.deepEqual(store.reads, []);
  });

  it('are not read one by one: their keys tell the moment', async () => {
    const store = emptyStore();
    for (let i = 0; i < 50; i += 1)
      await addTombstone(store, { userId: `user-${i}`, deletedBeforeMs: NINE, newSalt });
    store.reads.length = 0;
    const tombstones = await loadTombstones(store);
    assert.equal(tombstones.excludes('user-49', 0), true);
    assert.equal(store.reads.length, 1);
  });

  it('move with a second deletion, and are kept if an earlier one is late', async () => {
    const store = emptyStore();
    await addTombstone(store, { userId: 'ada', deletedBeforeMs: NINE, newSalt });
    await addTombstone(store, { userId: 'ada', deletedBeforeMs: NINE + 5, newSalt });
    await addTombstone(store, { userId: 'ada', deletedBeforeMs: NINE - 5, newSalt });
    const tombstones = await loadTombstones(store);
    assert.equal(tombstones.excludes('ada', NINE + 4), true);
    assert.equal(tombstones.excludes('ada', NINE + 5), false);
  });

  it('name nobody in what is stored', async () => {
    const store = emptyStore();
    await addTombstone(store, { userId: 'ada', deletedBeforeMs: NINE, newSalt });
    const stored = [...store.objects].map(([key, body]) => `${key}\n${Buffer.from(body)}`).join('\n');
    assert.doesNotMatch(stored, /ada/);
    assert.match(stored, /"erased_before":"2026-11-20T09:00:00.000Z"/);
  });

  it('count under both salts if two first deletions made one each', async () => {
    const store = emptyStore();
    let blocked = 2;
    let release = () => {};
    const both = new Promise<void>((resolve) => {
      release = resolve;
    });
    // Both have looked for a salt before either has stored one.
    const inTime = Object.assign(Object.create(store), {
      put: async (key: string, body: Uint8Array) => {
        if (key.startsWith('deletions/tombstones/salt-')) {
          blocked -= 1;
          if (blocked === 0) release();
          await both;
        }
        await store.put(key, body);
      },
    });
    await Promise.all([
      addTombstone(inTime, { userId: 'ada', deletedBeforeMs: NINE, newSalt: () => 'one' }),
      addTombstone(inTime, { userId: 'bob', deletedBeforeMs: NINE, newSalt: () => 'two' }),
    ]);
    assert.equal(
      [...store.objects.keys()].filter((key) => key.startsWith('deletions/tombstones/salt-')).length,
      2,
    );
    const tombstones = await loadTombstones(store);
    assert.deepEqual(
      ['ada', 'bob', 'eve'].map((user) => tombstones.excludes(user, 0)),
      [true, true, false],
    );
  });

  it('fail loudly without their salt: going on would bring everybody back', async () => {
    const store = emptyStore();
    await addTombstone(store, { userId: 'ada', deletedBeforeMs: NINE, newSalt });
    for (const key of store.objects.keys())
      if (key.startsWith('deletions/tombstones/salt-')) store.objects.delete(key);
    await assert.rejects(loadTombstones(store), { code: 'salt_missing' });
  });
});
