import assert from 'node:assert/strict';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { findDeployment } from '../../aws/deployment.ts';
import { startAwsFront } from '../support/aws/aws-front.ts';

async function deploymentOf(stackName: string, asked: string, outputs: Record<string, string>) {
  const front = await startAwsFront({
    ...{ stackName, outputs },
    onMessage: () => Promise.resolve(),
    query: () => Promise.reject(new Error('nobody asks')),
  });
  const client = new CloudFormationClient({
    ...{ endpoint: front.endpoint, region: 'us-east-1' },
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
  });
  try {
    return await findDeployment(client, asked);
  } finally {
    client.destroy();
    await front.close();
  }
}

it('finds outputs by their names, and by the names that the CDK makes of them within constructs', async () => {
  const own = await deploymentOf('KinetrackLake', 'Kinetrack', { LakeBucketName: 'b' });
  assert.equal(own.require('LakeBucketName'), 'b');
  const theirs = await deploymentOf('Theirs', 'Theirs', {
    ActivityDeliveryStreamName0A1B2C3D: 'firehose',
    ActivityStreamName4E5F6A7B: 'stream',
  });
  assert.equal(theirs.require('DeliveryStreamName'), 'firehose');
  assert.equal(theirs.require('StreamName'), 'stream');
});

it('does not take a deployment for another whose name begins alike', async () => {
  await assert.rejects(deploymentOf('KinetrackStagingLake', 'Kinetrack', {}), {
    code: 'deployment_not_found',
    message: /this account and region have no stack Kinetrack or KinetrackLake/,
  });
});

it('says which output a deployment lacks', async () => {
  const deployment = await deploymentOf('KinetrackLake', 'Kinetrack', {});
  assert.equal(deployment.find('ApiUrl'), undefined);
  assert.throws(() => deployment.require('ApiUrl'), /KinetrackLake has no output ApiUrl/);
});
