/** The body of an SQS message by which S3 announces new objects; keys encoded as S3 does it. */
export function s3Notification(keys: readonly string[], bucket = 'lake'): string {
  return JSON.stringify({
    Records: keys.map((key) => ({
      eventVersion: '2.1',
      eventSource: 'aws:s3',
      awsRegion: 'us-east-1',
      eventName: 'ObjectCreated:Put',
      s3: {
        s3SchemaVersion: '1.0',
        bucket: { name: bucket, arn: `arn:aws:s3:::${bucket}` },
        object: { key: encodeKey(key), size: 1, sequencer: '0' },
      },
    })),
  });
}

/** As a form does it, slashes kept. */
const encodeKey = (key: string) =>
  new URLSearchParams([['', key]]).toString().slice(1).replaceAll('%2F', '/');
