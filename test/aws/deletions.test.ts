import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { SQSClient } from '@aws-sdk/client-sqs';
import { deletionRequest } from '@kinetrack/schema';
import { SqsDeletions } from '../../aws/deletions.ts';
import { afterTest } from '../runner/running-test.ts';
import { emptyReceipt } from '../support/lake/deletion-receipt.ts';
import { MemoryObjectStore } from '../support/lake/memory-object-store.ts';
import { endpointOf, listening } from '../support/network/loopback.ts';

test('asks for a deletion by a message that the worker understands', async () => {
  const bodies: string[] = [];
  // Takes every message: what is looked at is what the real SDK sends.
  const server = createServer(async (request, response) => {
    const body = await text(request);
    bodies.push(body);
    const MD5OfMessageBody = createHash('md5').update(JSON.parse(body).MessageBody).digest('hex');
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    response.end(JSON.stringify({ MessageId: '1', MD5OfMessageBody }));
  });
  await listening(server);
  const endpoint = endpointOf(server);
  const client = new SQSClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
  });
  afterTest(() => {
    client.destroy();
    server.close();
  });
  const queueUrl = `${endpoint}/123456789012/delete`;
  const deletions = new SqsDeletions({
    ...{ client, queueUrl, store: new MemoryObjectStore() },
    newId: () => '6f9619ff-8b86-4d01-b42d-00cf4fc964ff',
  });
  assert.deepEqual(await deletions.request('a/b "ü"', 'root'), {
    id: '6f9619ff-8b86-4d01-b42d-00cf4fc964ff',
  });
  const { QueueUrl, MessageBody } = JSON.parse(bodies[0] ?? '');
  assert.equal(QueueUrl, queueUrl);
  const { delete: request } = JSON.parse(MessageBody);
  assert.deepEqual(deletionRequest.parse(request), {
    id: '6f9619ff-8b86-4d01-b42d-00cf4fc964ff',
    user_id: 'a/b "ü"',
    requested_by: 'root',
  });
});

test('finds the receipt of a deletion by its whole id', async () => {
  const store = new MemoryObjectStore();
  const client = new SQSClient({ region: 'us-east-1' });
  const deletions = new SqsDeletions({ client, queueUrl: '', store, newId: () => '' });
  await store.put('deletions/receipts/d-12.json', Buffer.from(JSON.stringify(emptyReceipt('d-12'))));
  assert.equal((await deletions.find('d-12'))?.id, 'd-12');
  assert.equal(await deletions.find('d-1'), undefined);
});
