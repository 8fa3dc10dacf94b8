/**
 * The device registry in DynamoDB (items in device-items.ts). A request of a known installation costs
 * half a read unit, the first request of an installation two writes.
 *
 * An installation is owned by the first token that sent with its ID. Another token of the same person
 * takes it over once the first is revoked or expired: this is how a computer gets a new token. It never
 * passes to another person.
 */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DEVICE_TOKEN } from '@kinetrack/schema';
import type { Device, DeviceRegistry } from '../../pipeline/lake/ports.ts';
import {
  type Credential,
  credentialOf,
  installationKey,
  ownerOf,
  stateOf,
  tokenKey,
} from './device-items.ts';

export interface DynamoDeviceRegistryOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
  /** ms since 1970. */
  now(): number;
}

/** Maximum installations per token. A new installation starts after the loss of a disk or a reset. */
const MAX_INSTALLATIONS = 20;

export class DynamoDeviceRegistry implements DeviceRegistry {
  readonly #options: DynamoDeviceRegistryOptions;

  constructor(options: DynamoDeviceRegistryOptions) {
    this.#options = options;
  }

  async find(token: string): Promise<Device | undefined> {
    // Skips the request for a malformed token.
    if (!DEVICE_TOKEN.test(token)) return undefined;
    const credential = await this.#credential(tokenKey(token), false);
    if (credential === undefined) return undefined;
    return {
      userId: credential.user_id,
      deviceId: credential.device_id,
      state: stateOf(credential, this.#options.now()),
    };
  }

  async bind(token: string, deviceId: string): Promise<'bound' | 'taken' | 'too_many'> {
    const pk = tokenKey(token);
    const credential = await this.#credential(pk, true);
    if (credential === undefined) return 'taken';
    const owner = await this.#ownerOf(deviceId);
    if (owner === undefined && credential.installations >= MAX_INSTALLATIONS) return 'too_many';
    const claimed =
      owner === pk ||
      (owner === undefined
        ? await this.#claim(pk, deviceId, undefined)
        : (await this.#mayTakeOver(credential, owner)) && (await this.#claim(pk, deviceId, owner)));
    if (!claimed) return 'taken';
    await this.#options.client.send(
      new UpdateItemCommand({
        TableName: this.#options.table,
        Key: { pk: { S: pk } },
        ConditionExpression: 'attribute_exists(pk)',
        UpdateExpression: 'SET device_id = :device ADD installations :more',
        ExpressionAttributeValues: {
          ':device': { S: deviceId },
          ':more': { N: owner === undefined ? '1' : '0' },
        },
      }),
    );
    return 'bound';
  }

  async #mayTakeOver(credential: Credential, owner: string): Promise<boolean> {
    const before = await this.#credential(owner, true);
    // Without the credential, the owner of the installation is unknown.
    if (before === undefined || before.user_id !== credential.user_id) return false;
    return stateOf(before, this.#options.now()) !== 'active';
  }

  /** False if another token was faster. */
  async #claim(pk: string, deviceId: string, from: string | undefined): Promise<boolean> {
    try {
      await this.#options.client.send(
        new UpdateItemCommand({
          TableName: this.#options.table,
          Key: { pk: { S: installationKey(deviceId) } },
          UpdateExpression: 'SET credential = :pk',
          ConditionExpression: from === undefined ? 'attribute_not_exists(pk)' : 'credential = :from',
          ExpressionAttributeValues: {
            ':pk': { S: pk },
            ...(from !== undefined && { ':from': { S: from } }),
          },
        }),
      );
      return true;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      // The faster request can be one of the same token.
      return (await this.#ownerOf(deviceId)) === pk;
    }
  }

  async #ownerOf(deviceId: string): Promise<string | undefined> {
    const item = await this.#item(installationKey(deviceId), true);
    return item === undefined ? undefined : ownerOf(item);
  }

  async #credential(pk: string, consistent: boolean): Promise<Credential | undefined> {
    const item = await this.#item(pk, consistent);
    return item === undefined ? undefined : credentialOf(item);
  }

  async #item(pk: string, consistent: boolean): Promise<Record<string, AttributeValue> | undefined> {
    const { client, table: TableName } = this.#options;
    const input = { TableName, Key: { pk: { S: pk } }, ConsistentRead: consistent };
    return (await client.send(new GetItemCommand(input))).Item;
  }
}
