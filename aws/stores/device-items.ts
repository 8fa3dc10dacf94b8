/**
 * The devices table: a string key `pk` and two kinds of items.
 *
 *   <SHA-256 of the token, hex>   user_id, label, created_at, expires_at?, revoked_at?, device_id?, installations
 *   installation#<device id>      credential: the `pk` of the token that owns it
 *
 * A token has 256 random bits, so its hash needs no salt and no slow hash function. `device_id` is the
 * installation that last sent with the token. An agent generates its own ID, and a new one after the
 * loss of its queue.
 */
import { createHash } from 'node:crypto';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';

export const tokenKey = (token: string): string => createHash('sha256').update(token).digest('hex');
export const installationKey = (deviceId: string): string => `installation#${deviceId}`;

const text = z.object({ S: z.string() }).transform(({ S }) => S);
const number = z.object({ N: z.string() }).transform(({ N }) => Number(N));

const credentialItem = z.object({
  pk: text,
  user_id: text,
  label: text,
  created_at: text,
  expires_at: text.optional(),
  revoked_at: text.optional(),
  device_id: text.optional(),
  installations: number,
});
export type Credential = z.infer<typeof credentialItem>;

const installationItem = z.object({ pk: text, credential: text });

/** @throws ZodError for other items */
export const credentialOf = (item: Readonly<Record<string, AttributeValue>>): Credential =>
  credentialItem.parse(item);
export const ownerOf = (item: Readonly<Record<string, AttributeValue>>): string =>
  installationItem.parse(item).credential;

export function stateOf(
  { revoked_at, expires_at }: Credential,
  nowMs: number,
): 'active' | 'revoked' | 'expired' {
  if (revoked_at !== undefined) return 'revoked';
  return expires_at !== undefined && Date.parse(expires_at) <= nowMs ? 'expired' : 'active';
}
