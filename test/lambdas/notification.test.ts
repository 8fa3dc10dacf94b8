import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { announcedKeys, MalformedNotification, queueMessages } from '../../lambdas/rollup/notification.ts';
import { s3Notification } from '../support/s3-notification.ts';

describe('notifications of S3', () => {
  it('gives the keys as they stand in the bucket', () => {
    const keys = ['raw/activity_type=sample/dt=2026-11-20/hour=09/a b+c ü.json.gz', 'raw/plain'];
    assert.deepEqual(announcedKeys(s3Notification(keys)), keys);
  });

  it("gives nothing for S3's test event", () => {
    const body = JSON.stringify({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'lake' });
    assert.deepEqual(announcedKeys(body), []);
  });

  for (const [what, body] of [
    ['text', 'hello'],
    ['another event', '{"Event":"s3:Other"}'],
    ['a record without a key', '{"Records":[{"s3":{"object":{}}}]}'],
    ['a key that is not URL-encoded', '{"Records":[{"s3":{"object":{"key":"%zz"}}}]}'],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => announcedKeys(body),
        (error) => error instanceof MalformedNotification && error.code === 'malformed_notification',
      );
    });
  }

  it('refuses an invocation that does not come from SQS', () => {
    assert.throws(() => queueMessages({ source: 'aws.events' }), /Records/);
  });
});
