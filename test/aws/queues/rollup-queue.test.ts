import assert from 'node:assert/strict';
import {
  MalformedMessage,
  parseMessage,
  queueMessages,
  sliceMessage,
} from '../../../aws/queues/rollup-queue.ts';
import { s3Notification } from '../../support/aws/s3-notification.ts';
import { rawSampleKey } from '../../support/lake/raw-samples.ts';

const NINE = { dt: '2026-11-20', hour: '09' };
const TEN = { dt: '2026-11-20', hour: '10' };

describe('messages of the rollup', () => {
  it('ask for the hours of the samples that S3 announces', () => {
    const keys = [
      rawSampleKey(TEN, 'a b+c ü'),
      rawSampleKey(NINE, 'a'),
      rawSampleKey(NINE, 'b'),
      'raw/plain',
    ];
    assert.deepEqual(parseMessage(s3Notification(keys)), { kind: 'hours', hours: [NINE, TEN] });
  });

  it("ask for nothing in S3's test event", () => {
    const body = JSON.stringify({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'lake' });
    assert.deepEqual(parseMessage(body), { kind: 'hours', hours: [] });
  });

  it('ask for hours that somebody wishes to have computed again', () => {
    assert.deepEqual(parseMessage('{"recompute":[{"dt":"2026-11-20","hour":"09"}]}'), {
      kind: 'hours',
      hours: [NINE],
    });
  });

  it('ask for a slice as it was handed out', () => {
    const slice = { index: 3, of: 4 };
    assert.deepEqual(parseMessage(sliceMessage(NINE, slice)), { kind: 'slice', hour: NINE, slice });
  });

  for (const [what, body] of [
    ['text', 'hello'],
    ['another event', '{"Event":"s3:Other"}'],
    ['a record without a key', '{"Records":[{"s3":{"object":{}}}]}'],
    ['a key that is not URL-encoded', '{"Records":[{"s3":{"object":{"key":"%zz"}}}]}'],
    ['an hour that there is not', '{"recompute":[{"dt":"2026-11-20","hour":"24"}]}'],
    ['a day that there is not', '{"recompute":[{"dt":"2026-02-30","hour":"09"}]}'],
    ['a wish for nothing', '{"recompute":[]}'],
    ['a slice that there is not', '{"slice":{"dt":"2026-11-20","hour":"09","index":4,"of":4}}'],
    ['a cut that is no power of two', '{"slice":{"dt":"2026-11-20","hour":"09","index":0,"of":3}}'],
  ] as const) {
    it(`are refused if they hold ${what}`, () => {
      assert.throws(
        () => parseMessage(body),
        (error) => error instanceof MalformedMessage && error.code === 'malformed_message',
      );
    });
  }

  it('are refused as an invocation that does not come from SQS', () => {
    assert.throws(() => queueMessages({ source: 'aws.events' }), /Records/);
  });
});
