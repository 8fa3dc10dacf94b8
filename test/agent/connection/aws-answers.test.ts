/** What AWS itself refuses: the real SDK reads real bodies, and the diagnosis reads the SDK's errors. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FirehoseClient, PutRecordBatchCommand } from '@aws-sdk/client-firehose';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { ConnectionFault } from '@kinetrack/schema';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { diagnoseAws } from '../../../agent/src/connection/index.ts';
import { kinesisSink } from '../../../agent/src/sinks/index.ts';
import { afterTest } from '../../runner/running-test.ts';
import {
  type AwsAnswer,
  jsonError,
  STORED,
  startAwsServer,
  xmlError,
} from '../../support/aws/aws-answers.ts';
import { anyCredentials } from '../../support/aws/kinesis-server.ts';
import { deliverSteadily } from '../../support/network/steady-delivery.ts';
import { tempDir } from '../../support/process/temp-dir.ts';

process.env.AWS_ACCESS_KEY_ID = anyCredentials.accessKeyId;
process.env.AWS_SECRET_ACCESS_KEY = anyCredentials.secretAccessKey;
process.env.AWS_REGION = 'us-east-1';

type Case = readonly [answer: AwsAnswer, fault: ConnectionFault, says: RegExp];

const stream = 'arn:aws:kinesis:us-east-1:123456789012:stream/activity';
const KINESIS: readonly Case[] = [
  [
    jsonError('ExpiredTokenException', 'The security token included in the request is expired'),
    'credentials_expired',
    /aws sso login/,
  ],
  [
    jsonError('UnrecognizedClientException', 'The security token included in the request is invalid.'),
    'credentials_invalid',
    /check the access key and its secret/,
  ],
  [
    jsonError('MissingAuthenticationTokenException', 'Missing Authentication Token'),
    'credentials_missing',
    /set AWS_ACCESS_KEY_ID/,
  ],
  [
    jsonError(
      'AccessDeniedException',
      `User: arn:aws:iam::123456789012:user/device is not authorized to perform: kinesis:PutRecords on resource: ${stream} because no identity-based policy allows the kinesis:PutRecords action`,
    ),
    'access_denied',
    /grant kinesis:PutRecords on it/,
  ],
  [
    jsonError('ResourceNotFoundException', 'Stream activity under account 123456789012 not found.'),
    'destination_missing',
    /create it or check its name and the region/,
  ],
  [
    jsonError(
      'InvalidSignatureException',
      'Signature expired: 20261120T090000Z is now earlier than 20261120T095500Z (20261120T100000Z - 5 min.)',
    ),
    'clock_wrong',
    /set the clock/,
  ],
  [
    jsonError(
      'InvalidSignatureException',
      'Signature not yet current: 20261120T110000Z is still later than 20261120T100500Z (20261120T100000Z + 5 min.)',
    ),
    'clock_wrong',
    /set the clock/,
  ],
  [
    jsonError(
      'InvalidSignatureException',
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
    ),
    'credentials_invalid',
    /check the access key and its secret/,
  ],
  [
    jsonError('LimitExceededException', 'Rate exceeded for stream activity under account 123456789012.'),
    'throttled',
    /add shards/,
  ],
  [jsonError('InternalFailure', '', 500), 'service_fault', /the agent retries automatically/],
  [
    { status: 503, contentType: 'text/html', body: '<html><h1>503 Service Unavailable</h1></html>' },
    'service_fault',
    /the agent retries automatically/,
  ],
  [
    {
      status: 200,
      body: JSON.stringify({
        FailedRecordCount: 1,
        Records: [
          {
            ErrorCode: 'ProvisionedThroughputExceededException',
            ErrorMessage:
              'Rate exceeded for shard shardId-000000000000 in stream activity under account 123456789012.',
          },
        ],
      }),
    },
    'throttled',
    /add shards/,
  ],
];

describe('Kinesis', () => {
  for (const [answer, fault, says] of KINESIS) {
    it.concurrent(`is understood, and again healthy: ${answer.body.slice(0, 90)}`, async () => {
      const server = await startAwsServer(STORED);
      const delivery = deliverSteadily(kinesisSink({ streamName: 'activity', endpoint: server.endpoint }));
      await delivery.healthy();
      server.answerWith(answer);
      assert.match(await delivery.named(fault), says);
      server.answerWith(STORED);
      await delivery.healthy();
      assert.deepEqual(
        delivery.changes.map((change) => change.fault ?? change.state),
        ['connected', fault, 'connected'],
      );
    });
  }
});

const handler = () => new NodeHttpHandler({ requestTimeout: 1_000, throwOnRequestTimeout: true });
const clientConfig = (endpoint: string) => ({
  ...{ endpoint, region: 'us-east-1', credentials: anyCredentials, maxAttempts: 1 },
  requestHandler: handler(),
});
const refusalOf = async (sending: Promise<unknown>): Promise<unknown> => {
  const error = await sending.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Error);
  return error;
};

describe('Firehose', () => {
  const FIREHOSE: readonly Case[] = [
    [
      jsonError('ResourceNotFoundException', 'Firehose activity under account 123456789012 not found.'),
      'destination_missing',
      /create it/,
    ],
    [
      jsonError('ServiceUnavailableException', 'Slow down.', 500),
      'service_fault',
      /the delivery stream activity, or a proxy before it, reports an internal error/,
    ],
    [
      jsonError(
        'AccessDeniedException',
        'User: arn:aws:iam::123456789012:user/device is not authorized to perform: firehose:PutRecordBatch on resource: x',
      ),
      'access_denied',
      /grant firehose:PutRecordBatch on it/,
    ],
    [
      jsonError('InvalidKMSResourceException', 'KMSMessage: key is disabled', 400),
      'access_denied',
      /no permission to write to the delivery stream/,
    ],
  ];
  for (const [answer, fault, says] of FIREHOSE) {
    it(`is understood: ${answer.body.slice(0, 80)}`, async () => {
      const { endpoint } = await startAwsServer(answer);
      const client = new FirehoseClient(clientConfig(endpoint));
      afterTest(() => client.destroy());
      const input = { DeliveryStreamName: 'activity', Records: [{ Data: Buffer.from('{}') }] };
      const error = await refusalOf(client.send(new PutRecordBatchCommand(input)));
      const diagnosis = diagnoseAws('the delivery stream activity', error);
      assert.equal(diagnosis.fault, fault);
      assert.match(diagnosis.reason, says);
    });
  }
});

describe('S3', () => {
  const S3: readonly Case[] = [
    [
      xmlError('NoSuchBucket', 'The specified bucket does not exist', 404),
      'destination_missing',
      /the bucket lake does not exist/,
    ],
    [
      xmlError(
        'PermanentRedirect',
        'The bucket you are attempting to access must be addressed elsewhere',
        301,
      ),
      'destination_missing',
      /check its name and the region/,
    ],
    [
      xmlError(
        'AuthorizationHeaderMalformed',
        "the region 'us-east-1' is wrong; expecting 'eu-central-1'",
        400,
      ),
      'destination_missing',
      /the region/,
    ],
    [
      xmlError('AccessDenied', 'Access Denied', 403),
      'access_denied',
      /no permission to write to the bucket lake/,
    ],
    [
      xmlError(
        'AccessDenied',
        'User: arn:aws:iam::123456789012:user/device is not authorized to perform: s3:PutObject on resource: x',
        403,
      ),
      'access_denied',
      /grant s3:PutObject/,
    ],
    [
      xmlError(
        'InvalidAccessKeyId',
        'The AWS Access Key Id you provided does not exist in our records.',
        403,
      ),
      'credentials_invalid',
      /check the access key/,
    ],
    [xmlError('SignatureDoesNotMatch', 'does not match', 403), 'credentials_invalid', /check the access key/],
    [
      xmlError('ExpiredToken', 'The provided token has expired.', 400),
      'credentials_expired',
      /sign in again/,
    ],
    [
      xmlError(
        'RequestTimeTooSkewed',
        'The difference between the request time and the current time is too large.',
        403,
      ),
      'clock_wrong',
      /set the clock/,
    ],
    [xmlError('SlowDown', 'Please reduce your request rate.', 503), 'throttled', /throttles requests/],
    [
      xmlError('InternalError', 'We encountered an internal error.', 500),
      'service_fault',
      /reports an internal error/,
    ],
    [
      { status: 407, contentType: 'text/html', body: '<html>Sign in</html>' },
      'proxy_required',
      /HTTPS_PROXY/,
    ],
    [
      { status: 302, contentType: 'text/html', body: '<html>Moved</html>' },
      'captive_portal',
      /another server responds instead of the bucket lake/,
    ],
  ];
  for (const [answer, fault, says] of S3) {
    it(`is understood: ${answer.status} ${/<Code>\w+/.exec(answer.body)?.[0] ?? answer.contentType}`, async () => {
      const { endpoint } = await startAwsServer(answer);
      const client = new S3Client({ ...clientConfig(endpoint), forcePathStyle: true });
      afterTest(() => client.destroy());
      const put = new PutObjectCommand({ Bucket: 'lake', Key: 'raw/x', Body: 'x' });
      const diagnosis = diagnoseAws('the bucket lake', await refusalOf(client.send(put)));
      assert.equal(diagnosis.fault, fault);
      assert.match(diagnosis.reason, says);
    });
  }
});

describe('credentials of this computer', () => {
  /** A machine without any: no variable, no metadata service, and the files of this folder. */
  const withFiles = async (
    home: string,
    config = '',
    more: Record<string, string> = {},
    region: string | null = 'eu-central-1',
  ) => {
    const machine = { ...process.env };
    afterTest(() => {
      process.env = machine;
    });
    writeFileSync(join(home, 'config'), config);
    process.env = {
      ...{ PATH: machine.PATH, HOME: home, AWS_EC2_METADATA_DISABLED: 'true', ...more },
      ...{ AWS_CONFIG_FILE: join(home, 'config'), AWS_SHARED_CREDENTIALS_FILE: join(home, 'none') },
    };
    const { endpoint } = await startAwsServer(STORED);
    const delivery = deliverSteadily(
      kinesisSink({ streamName: 'activity', endpoint, ...(region === null ? {} : { region }) }),
    );
    return delivery;
  };

  it('that are missing are reported with the ways to get some', async () => {
    const delivery = await withFiles(await tempDir());
    assert.match(
      await delivery.named('credentials_missing'),
      /no AWS credentials .*aws sso login.*AWS_ACCESS_KEY_ID.*\(CredentialsProviderError\)/,
    );
  });

  it('of an ended single sign-on are reported as expired', async () => {
    const home = await tempDir();
    mkdirSync(join(home, '.aws/sso/cache'), { recursive: true });
    // Named by the SHA-1 of the start address, as the SDK looks for it.
    writeFileSync(
      join(home, '.aws/sso/cache', '1a456e1a50f672d76dbb7e005eadd369d967380a.json'),
      JSON.stringify({ accessToken: 'over', expiresAt: '2020-01-01T00:00:00Z' }),
    );
    const profile = [
      '[default]',
      'sso_start_url = https://example.invalid/start',
      'sso_region = us-east-1',
      'sso_account_id = 123456789012',
      'sso_role_name = device',
    ];
    const delivery = await withFiles(home, `${profile.join('\n')}\n`);
    assert.match(await delivery.named('credentials_expired'), /have expired; sign in again.*aws sso login/);
  });

  it('do not matter before it is known in which region', async () => {
    const home = await tempDir();
    const delivery = await withFiles(home, '', {}, null);
    assert.match(await delivery.named('region_missing'), /no AWS region is set .*set `region` or AWS_REGION/);
  });

  it('of a profile that does not exist are reported as missing', async () => {
    const delivery = await withFiles(await tempDir(), '', { AWS_PROFILE: 'nobody' });
    await delivery.named('credentials_missing');
  });
});
