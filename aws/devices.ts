/**
 * Issues, lists and revokes device tokens in the table of a deployment. Tokens are not stored, only
 * their hashes.
 */
import { randomBytes } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DAY_MS, DEVICE_TOKEN_BYTES, DEVICE_TOKEN_PREFIX, formatUtc } from '@kinetrack/schema';
import { compareText } from '../pipeline/lake/row-order.ts';
import { clientSettings } from './client-settings.ts';
import { findDeployment } from './deployment.ts';
import { type Credential, credentialOf, installationKey, stateOf, tokenKey } from './stores/device-items.ts';

export interface DevicesOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
  /** ms since 1970. */
  now(): number;
}

export interface DeviceEntry {
  /** Prefix of the hash of the token: identifies it, but cannot be used to send. */
  readonly id: string;
  readonly userId: string;
  readonly label: string;
  readonly createdAt: string;
  readonly expiresAt: string | undefined;
  readonly state: 'active' | 'revoked' | 'expired';
  /** The installation that last sent with it; undefined before the first request. */
  readonly deviceId: string | undefined;
}

export interface OpenDevices extends DevicesOptions {
  /** Endpoint for devices; undefined if the deployment has no API. */
  readonly apiUrl: string | undefined;
}

/** Opens the devices table of a deployment. Rejects with DeploymentNotFound or an SDK error. */
export async function openDevices(options: {
  readonly stack: string;
  /** @defaultValue AWS_REGION or the profile */
  readonly region?: string | undefined;
  /** ms since 1970. */
  now(): number;
}): Promise<OpenDevices> {
  const { stack, region, now } = options;
  const [{ CloudFormationClient }, { DynamoDBClient }] = await Promise.all([
    import('@aws-sdk/client-cloudformation'),
    import('@aws-sdk/client-dynamodb'),
  ]);
  const settings = await clientSettings({ region });
  const deployment = await findDeployment(new CloudFormationClient(settings), stack);
  const table = deployment.require('DevicesTableName');
  return { client: new DynamoDBClient(settings), table, now, apiUrl: deployment.find('ApiUrl') };
}

/** 64 bits: the probability of a collision among a million tokens is 1 in 37 million. */
const ID_CHARACTERS = 16;

export async function addDevice(
  { client, table, now }: DevicesOptions,
  device: { readonly userId: string; readonly label: string; readonly days: number | undefined },
): Promise<{ readonly token: string; readonly entry: DeviceEntry }> {
  const { PutItemCommand } = await import('@aws-sdk/client-dynamodb');
  const token = newDeviceToken();
  const credential: Credential = {
    pk: tokenKey(token),
    user_id: device.userId,
    label: device.label,
    created_at: formatUtc(now()),
    ...(device.days !== undefined && { expires_at: formatUtc(now() + device.days * DAY_MS) }),
    installations: 0,
  };
  const { pk, user_id, label, created_at, expires_at } = credential;
  await client.send(
    new PutItemCommand({
      TableName: table,
      Item: {
        pk: { S: pk },
        user_id: { S: user_id },
        label: { S: label },
        created_at: { S: created_at },
        ...(expires_at !== undefined && { expires_at: { S: expires_at } }),
        installations: { N: '0' },
      },
      ConditionExpression: 'attribute_not_exists(pk)',
    }),
  );
  return { token, entry: entryOf(credential, now()) };
}

/** By user, oldest first. */
export async function listDevices(
  options: DevicesOptions,
  { userId }: { readonly userId?: string | undefined } = {},
): Promise<readonly DeviceEntry[]> {
  const credentials = await scan(options, userId);
  return credentials
    .map((credential) => entryOf(credential, options.now()))
    .sort((a, b) => compareText(a.userId, b.userId) || compareText(a.createdAt, b.createdAt));
}

/**
 * Revokes devices by ID, or all devices of a user. Devices revoked earlier are not in the result.
 * `unknown`: IDs, or the user, without any device.
 */
export async function revokeDevices(
  options: DevicesOptions,
  which: { readonly ids: readonly string[] } | { readonly userId: string },
): Promise<{ readonly revoked: readonly DeviceEntry[]; readonly unknown: readonly string[] }> {
  const credentials = await scan(options, 'userId' in which ? which.userId : undefined);
  const named = 'ids' in which ? which.ids : undefined;
  const meant = credentials.filter(
    ({ pk, revoked_at }) =>
      revoked_at === undefined && (named === undefined || named.includes(pk.slice(0, ID_CHARACTERS))),
  );
  const revoked: DeviceEntry[] = [];
  for (const credential of meant) {
    const revoked_at = formatUtc(options.now());
    if (!(await revoke(options, credential.pk, revoked_at))) continue;
    revoked.push(entryOf({ ...credential, revoked_at }, options.now()));
  }
  if ('userId' in which) return { revoked, unknown: credentials.length === 0 ? [which.userId] : [] };
  const known = new Set(credentials.map(({ pk }) => pk.slice(0, ID_CHARACTERS)));
  return { revoked, unknown: which.ids.filter((id) => !known.has(id)) };
}

/** False if it was revoked or deleted concurrently. */
async function revoke({ client, table }: DevicesOptions, pk: string, revokedAt: string): Promise<boolean> {
  const { ConditionalCheckFailedException, UpdateItemCommand } = await import('@aws-sdk/client-dynamodb');
  try {
    await client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: { pk: { S: pk } },
        UpdateExpression: 'SET revoked_at = :now',
        ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(revoked_at)',
        ExpressionAttributeValues: { ':now': { S: revokedAt } },
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

/** Reads the whole table: 100,000 devices are some 40 MB, and the command is run manually. */
async function scan(
  { client, table }: DevicesOptions,
  userId: string | undefined,
): Promise<readonly Credential[]> {
  const { paginateScan } = await import('@aws-sdk/client-dynamodb');
  const pages = paginateScan(
    { client },
    {
      TableName: table,
      ConsistentRead: true,
      FilterExpression: `NOT begins_with(pk, :installation)${userId === undefined ? '' : ' AND user_id = :user'}`,
      ExpressionAttributeValues: {
        ':installation': { S: installationKey('') },
        ...(userId !== undefined && { ':user': { S: userId } }),
      },
    },
  );
  const credentials: Credential[] = [];
  for await (const { Items: items } of pages) credentials.push(...(items ?? []).map(credentialOf));
  return credentials;
}

const entryOf = (credential: Credential, nowMs: number): DeviceEntry => ({
  id: credential.pk.slice(0, ID_CHARACTERS),
  userId: credential.user_id,
  label: credential.label,
  createdAt: credential.created_at,
  expiresAt: credential.expires_at,
  state: stateOf(credential, nowMs),
  deviceId: credential.device_id,
});

const newDeviceToken = (): string =>
  DEVICE_TOKEN_PREFIX + randomBytes(DEVICE_TOKEN_BYTES).toString('base64url');
