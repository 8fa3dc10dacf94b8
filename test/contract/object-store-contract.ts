/** The contract of every ObjectStore. Registers one suite for the adapter. */
import assert from 'node:assert/strict';
import { ObjectNotFound, type ObjectStore } from '../../pipeline/lake/ports.ts';
import { collect } from '../support/collect.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

async function contentOf(store: ObjectStore, key: string): Promise<string> {
  return Buffer.concat(await collect(store.read(key))).toString();
}

async function keysOf(store: ObjectStore, prefix: string): Promise<string[]> {
  return (await collect(store.list(prefix))).map(({ key }) => key);
}

/** Without the moment, which not every store tells. */
async function sizesOf(store: ObjectStore, prefix: string) {
  return (await collect(store.list(prefix))).map(({ key, bytes }) => ({ key, bytes }));
}

/** `makeStore` returns an empty store and releases its resources with `afterTest`. */
export function objectStoreContract(name: string, makeStore: () => ObjectStore | Promise<ObjectStore>): void {
  describe(`${name} as an object store`, () => {
    it('reads back exactly the bytes that were put', async () => {
      const store = await makeStore();
      const body = Uint8Array.from({ length: 300_000 }, (_, index) => (index * 31) % 256);

      await store.put('raw/dt=2026-11-20/a.json.gz', body);

      const read = Buffer.concat(await collect(store.read('raw/dt=2026-11-20/a.json.gz')));
      assert.ok(read.equals(body));
    });

    it('keeps an object without bytes', async () => {
      const store = await makeStore();

      await store.put('empty', new Uint8Array());

      assert.equal(await contentOf(store, 'empty'), '');
      assert.deepEqual(await sizesOf(store, ''), [{ key: 'empty', bytes: 0 }]);
    });

    it('replaces an object that is put again, by a shorter one too', async () => {
      const store = await makeStore();
      await store.put('rollup/part-0.parquet', bytes('the first and longer content'));

      await store.put('rollup/part-0.parquet', bytes('second'));

      assert.equal(await contentOf(store, 'rollup/part-0.parquet'), 'second');
      assert.deepEqual(await sizesOf(store, ''), [{ key: 'rollup/part-0.parquet', bytes: 6 }]);
    });

    it('ends as one of the bodies if one key is put many times at once', async () => {
      const store = await makeStore();
      const bodies = Array.from({ length: 8 }, (_, index) => String(index).repeat(10_000));

      await Promise.all(bodies.map((body) => store.put('a/b', bytes(body))));

      assert.ok(bodies.includes(await contentOf(store, 'a/b')));
      assert.deepEqual(await keysOf(store, ''), ['a/b']);
    });

    it('lists keys in ascending order of their bytes, across folders', async () => {
      const store = await makeStore();
      const keys = ['b', 'a/c', 'a-b/c', 'a.txt', 'a/b/c', 'a/a', 'A', 'a0', 'a/é', 'a/z'];
      for (const key of keys) await store.put(key, bytes('x'));

      assert.deepEqual(await keysOf(store, ''), [
        'A',
        'a-b/c',
        'a.txt',
        'a/a',
        'a/b/c',
        'a/c',
        'a/z',
        'a/é',
        'a0',
        'b',
      ]);
    });

    it('lists by any prefix, whether it ends at a slash or within a name', async () => {
      const store = await makeStore();
      for (const key of ['raw/dt=1/a', 'raw/dt=1/b', 'raw/dt=10/a', 'raw/dt=2/a', 'rollup/x']) {
        await store.put(key, bytes(key));
      }

      assert.deepEqual(await keysOf(store, 'raw/dt=1/'), ['raw/dt=1/a', 'raw/dt=1/b']);
      assert.deepEqual(await keysOf(store, 'raw/dt=1'), ['raw/dt=1/a', 'raw/dt=1/b', 'raw/dt=10/a']);
      assert.deepEqual(await keysOf(store, 'raw/dt=2/a'), ['raw/dt=2/a']);
      assert.deepEqual(await keysOf(store, 'ro'), ['rollup/x']);
      assert.deepEqual(await keysOf(store, 'nothing/here/'), []);
    });

    it('says how many bytes an object has', async () => {
      const store = await makeStore();
      await store.put('a', bytes('grün'));

      assert.deepEqual(await sizesOf(store, 'a'), [{ key: 'a', bytes: 5 }]);
    });

    it('rejects the reading of a key that is not there, by its class', async () => {
      const store = await makeStore();
      await store.put('a/b', bytes('x'));

      for (const missing of ['nothing', 'a/nothing', 'a']) {
        await assert.rejects(collect(store.read(missing)), (error) => {
          assert.ok(error instanceof ObjectNotFound);
          assert.equal(error.key, missing);
          return true;
        });
      }
    });

    it('deletes one object and no other', async () => {
      const store = await makeStore();
      await store.put('a/1', bytes('x'));
      await store.put('a/2', bytes('y'));

      await store.delete('a/1');

      assert.deepEqual(await keysOf(store, ''), ['a/2']);
      await assert.rejects(collect(store.read('a/1')), ObjectNotFound);
    });

    it('accepts the deletion of a missing key', async () => {
      const store = await makeStore();
      await store.put('a/1', bytes('x'));

      await store.delete('a/2');
      await store.delete('b/c/d');

      assert.deepEqual(await keysOf(store, ''), ['a/1']);
    });

    it('accepts a key again after its deletion', async () => {
      const store = await makeStore();
      await store.put('a/b/1', bytes('x'));
      await store.delete('a/b/1');

      await store.put('a/b/1', bytes('again'));

      assert.equal(await contentOf(store, 'a/b/1'), 'again');
    });
  });
}
