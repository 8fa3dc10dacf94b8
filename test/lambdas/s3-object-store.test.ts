import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { S3Client } from '@aws-sdk/client-s3';
import { S3ObjectStore } from '../../lambdas/s3-object-store.ts';
import { objectStoreContract } from '../contract/object-store-contract.ts';
import { collect } from '../support/collect.ts';
import { s3ClientFor } from '../support/s3-client.ts';
import { S3Server } from '../support/s3-server.ts';

const BUCKET = 'lake';
let server: S3Server;
let client: S3Client;

before(async () => {
  server = await S3Server.start(BUCKET);
  client = s3ClientFor(server);
});
after(async () => {
  client.destroy();
  await server.close();
});
beforeEach(() => {
  server.objects.clear();
  server.requests.length = 0;
  server.intercept = undefined;
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
});
