import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ResourceNotFoundException } from '@aws-sdk/client-kinesis';
import { build } from 'esbuild';
import { diagnoseKinesis, kinesisSink } from '../../../agent/src/sinks/index.ts';
import { eventLines } from '../../support/event-lines.ts';
import { startPutRecordsProxy } from '../../support/put-records-proxy.ts';

const named = (name: string, message = '') => Object.assign(new Error(message), { name });

const cases: readonly (readonly [unknown, string, RegExp])[] = [
  [
    { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: 'Rate exceeded' },
    'throttled',
    /add shards/,
  ],
  [{ ErrorCode: 'InternalFailure', ErrorMessage: '' }, 'service', /goes on by itself/],
  [
    named('CredentialsProviderError', 'Could not load credentials'),
    'credentials_missing',
    /aws sso login|AWS_ACCESS_KEY_ID/,
  ],
  [named('ExpiredTokenException'), 'credentials_expired', /sign in again/],
  [named('UnrecognizedClientException'), 'credentials_invalid', /check the key/],
  [named('AccessDeniedException'), 'access_denied', /kinesis:PutRecords/],
  [new ResourceNotFoundException({ message: 'no', $metadata: {} }), 'stream_missing', /create it/],
  [new Error('Region is missing'), 'region_missing', /AWS_REGION/],
  [named('RequestTimeTooSkewed'), 'clock_skew', /set the clock/],
  [Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }), 'network', /\(ENOTFOUND\)/],
  [Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }), 'network', /firewall/],
  [named('TimeoutError'), 'timeout', /did not answer/],
  [Object.assign(named('SomethingNew', 'boom'), { $fault: 'server' }), 'service', /\(SomethingNew\)/],
  [named('SomethingNew', 'boom'), 'unknown', /failed: boom \(SomethingNew\)/],
  ['a string', 'unknown', /failed: a string/],
  [undefined, 'unknown', /the stream activity failed/],
];

test('names the fault, the stream and the remedy', () => {
  for (const [error, fault, remedy] of cases) {
    const diagnosis = diagnoseKinesis('the stream activity', error);
    assert.equal(diagnosis.fault, fault);
    assert.match(diagnosis.reason, /the stream activity/);
    assert.match(diagnosis.reason, remedy);
  }
});

test('tells missing credentials and a missing region apart, as the SDK reports them', async (t) => {
  const proxy = await startPutRecordsProxy(t, '', () => 'InternalFailure');
  const machine = { ...process.env };
  t.after(() => {
    process.env = machine;
  });
  // A machine without any credentials: no file, no variable, no metadata service.
  process.env = {
    PATH: machine.PATH,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  };
  const why = async (options: { region?: string }) => {
    const sink = kinesisSink({ streamName: 'activity', endpoint: proxy.endpoint, ...options });
    const [outcome] = await sink.send(eventLines(1));
    await sink.close();
    return outcome?.status === 'retryable' ? outcome.reason : outcome?.status;
  };
  assert.match((await why({})) ?? '', /no AWS region is set/);
  assert.match((await why({ region: 'eu-central-1' })) ?? '', /there are no AWS credentials/);
  assert.equal(proxy.requests.length, 0);
});

test('reaches the AWS SDK by dynamic imports alone: who does not send to AWS does not load it', async () => {
  const { metafile } = await build({
    entryPoints: [fileURLToPath(new URL('../../../agent/src/sinks/index.ts', import.meta.url))],
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    write: false,
    metafile: true,
  });
  const kinds = Object.values(metafile.inputs).flatMap(({ imports }) =>
    imports.filter(({ path }) => /^@(aws-sdk|smithy)\//.test(path)).map(({ kind }) => kind),
  );
  assert.deepEqual(kinds, ['dynamic-import', 'dynamic-import']);
});
