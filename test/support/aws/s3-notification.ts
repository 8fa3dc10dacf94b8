/** Body of the SQS message for new objects in S3, with the key encoding of S3. */
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

/** Form encoding, with slashes kept. */
const encodeKey = (key: string) =>
  new URLSearchParams([['', key]]).toString().slice(1).replaceAll('%2F', '/');
