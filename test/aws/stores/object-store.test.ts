import assert from 'node:assert/strict';
import type { S3Client } from '@aws-sdk/client-s3';
import { S3ObjectStore } from '../../../aws/stores/object-store.ts';
import { ObjectChanged, ObjectNotFound } from '../../../pipeline/lake/ports.ts';
import { objectStoreContract } from '../../contract/object-store-contract.ts';
import { s3ClientFor } from '../../support/aws/s3-client.ts';
import { S3History } from '../../support/aws/s3-history.ts';
import { S3Server } from '../../support/aws/s3-server.ts';
import { collect } from '../../support/collect.ts';

const BUCKET = 'lake';
let server: S3Server;
let client: S3Client;

beforeAll(async () => {
  server = await S3Server.start(BUCKET);
  client = s3ClientFor(server);
});
afterAll(async () => {
  client.destroy();
  await server.close();
});
beforeEach(() => {
  server.objects.clear();
  server.requests.length = 0;
  server.intercept = undefined;
  server.history = undefined;
  server.modifiedMs.clear();
});

objectStoreContract('S3ObjectStore', () => {
  // Every contract starts with an empty store; pages of two keys let each listing turn a page.
  server.objects.clear();
  return new S3ObjectStore({ client, bucket: BUCKET, pageSize: 2 });
});

describe('S3ObjectStore', () => {
  it('lists on, page after page, until S3 says that it was the last', async () => {
    const keys = Array.from({ length: 7 }, (_, index) => `raw/${index}.json.gz`);
    for (const key of keys) server.objects.set(key, Buffer.from(key));
    server.objects.set('rollup/0.parquet', Buffer.of());
    const store = new S3ObjectStore({ client, bucket: BUCKET, pageSize: 3 });

    const listed = await collect(store.list('raw/'));

    assert.deepEqual(
      listed,
      keys.map((key) => ({ key, bytes: key.length })),
    );
    assert.equal(server.requests.length, 3);
  });

  it('asks for the next page only once the last one is used up', async () => {
    for (let index = 0; index < 10; index += 1) server.objects.set(`raw/${index}`, Buffer.of());
    const store = new S3ObjectStore({ client, bucket: BUCKET, pageSize: 2 });

    for await (const { key } of store.list('raw/')) if (key === 'raw/1') break;

    assert.equal(server.requests.length, 1);
  });

  it('passes on what S3 refuses', async () => {
    server.intercept = () => ({ status: 403, code: 'AccessDenied' });
    const store = new S3ObjectStore({ client, bucket: BUCKET });
    await assert.rejects(store.put('raw/a', Buffer.of(1)), { name: 'AccessDenied' });
    await assert.rejects(collect(store.read('raw/a')), { name: 'AccessDenied' });
    await assert.rejects(collect(store.list('raw/')), { name: 'AccessDenied' });
  });

  it('treats an unreadable key as missing if the listing does not have it', async () => {
    // As S3 does to those who may list below a prefix only.
    server.intercept = ({ operation }) =>
      operation === 'GetObject' ? { status: 403, code: 'AccessDenied' } : undefined;
    server.objects.set('raw/a', Buffer.of(1));
    const store = new S3ObjectStore({ client, bucket: BUCKET });
    await assert.rejects(collect(store.read('raw/b')), ObjectNotFound);
    await assert.rejects(store.openRanged('raw/b', 10), ObjectNotFound);
    await assert.rejects(collect(store.read('raw/a')), { name: 'AccessDenied' });
  });
});

describe('S3ObjectStore and the time of objects', () => {
  it('says when each was written', async () => {
    const writtenMs = Date.parse('2026-11-20T09:20:30.000Z');
    server.objects.set('raw/a', Buffer.of(1));
    server.modifiedMs.set('raw/a', writtenMs);
    const store = new S3ObjectStore({ client, bucket: BUCKET });
    assert.deepEqual(await collect(store.list('raw/')), [{ key: 'raw/a', bytes: 1, modifiedMs: writtenMs }]);
  });
});

describe('S3ObjectStore reading in pieces', () => {
  const body = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 251));

  it('has the end of an object in the request that opens it, and any other piece in one more', async () => {
    const store = new S3ObjectStore({ client, bucket: BUCKET });
    server.objects.set('a', body);
    const object = await store.openRanged('a', 100);
    assert.equal(object.bytes, 1000);
    assert.deepEqual(Buffer.from(await object.read(900, 1000)), body.subarray(900));
    assert.deepEqual(Buffer.from(await object.read(950, 960)), body.subarray(950, 960));
    assert.equal(server.requests.length, 1);
    assert.deepEqual(Buffer.from(await object.read(10, 20)), body.subarray(10, 20));
    assert.deepEqual(Buffer.from(await object.read(890, 910)), body.subarray(890, 910));
    assert.equal(server.requests.length, 3);
  });

  it('opens an object that is shorter than its tail', async () => {
    const store = new S3ObjectStore({ client, bucket: BUCKET });
    server.objects.set('a', body);
    const object = await store.openRanged('a', 65_536);
    assert.deepEqual(Buffer.from(await object.read(0, 1000)), body);
    assert.equal(server.requests.length, 1);
  });

  it('never mixes two versions: it says that the object has changed', async () => {
    const store = new S3ObjectStore({ client, bucket: BUCKET });
    server.objects.set('a', body);
    const object = await store.openRanged('a', 100);
    server.objects.set('a', Buffer.concat([body, body]));
    await assert.rejects(object.read(0, 10), ObjectChanged);
    server.objects.delete('a');
    await assert.rejects(object.read(0, 10), ObjectChanged);
    await assert.rejects(store.openRanged('a', 100), ObjectNotFound);
  });
});

describe('S3ObjectStore and old versions', () => {
  const store = () => new S3ObjectStore({ client, bucket: BUCKET, pageSize: 3 });
  beforeEach(() => {
    server.history = new S3History();
  });

  it('mustDelete them below a prefix, page after page, and leaves what is current', async () => {
    for (const version of [1, 2, 3, 4]) {
      await store().put('raw/a', Buffer.of(version));
      await store().put('raw/b', Buffer.of(version));
      await store().put('rollup/c', Buffer.of(version));
    }
    assert.equal(await store().deleteHistory('raw/'), 6);
    const left = [...(server.history?.versions ?? [])].map(([key, versions]) => [key, versions.length]);
    assert.deepEqual(left, [
      ['raw/a', 1],
      ['raw/b', 1],
      ['rollup/c', 4],
    ]);
    assert.deepEqual(server.objects.get('raw/a'), Buffer.of(4));
    assert.equal(await store().deleteHistory('raw/'), 0);
  });

  it('mustDelete what was deleted without ever bringing it back', async () => {
    await store().put('raw/a', Buffer.of(1));
    await store().put('raw/a', Buffer.of(2));
    await store().delete('raw/a');
    let cameBack = false;
    server.committed = () => {
      cameBack ||= server.objects.has('raw/a');
      return undefined;
    };
    assert.equal(await store().deleteHistory('raw/'), 3);
    server.committed = undefined;
    assert.equal(cameBack, false);
    assert.deepEqual(server.history?.versions.get('raw/a'), []);
  });

  it('deletes at most a thousand in a request', async () => {
    for (let version = 0; version < 1102; version += 1) server.history?.add('raw/a', Buffer.of(1));
    const deleted = await new S3ObjectStore({ client, bucket: BUCKET }).deleteHistory('raw/');
    assert.equal(deleted, 1101);
    assert.equal(server.requests.filter(({ operation }) => operation === 'DeleteObjects').length, 2);
  });

  it('fails if S3 refuses one of them with status 200', async () => {
    await store().put('screenshots/ada/1', Buffer.of(1));
    await store().put('screenshots/ada/1', Buffer.of(2));
    if (server.history) server.history.refusalOf = () => 'AccessDenied';
    await assert.rejects(store().deleteHistory('screenshots/'), (error) => {
      assert.ok(error instanceof Error && 'code' in error && error.code === 'versions_not_deleted');
      assert.match(error.message, /1 old versions \(AccessDenied\).*s3:DeleteObjectVersion/);
      assert.doesNotMatch(error.message, /ada/);
      return true;
    });
  });
});
