/** Who asks, out of the claims of a token that API Gateway has verified. */
import { ROLES, type Role } from '@kinetrack/schema';
import type { Caller } from '../../pipeline/api/index.ts';

export interface ClaimNames {
  /** Whose value is the user id on that person's events: `email`, `cognito:username`, `preferred_username`. */
  readonly user: string;
  /** Whose value lists the roles: `cognito:groups`, `roles`. */
  readonly roles: string;
}

/** Undefined where the claims name nobody: there is no person by default. */
export function callerOf(
  claims: Readonly<Record<string, unknown>> | undefined,
  names: ClaimNames,
): Caller | undefined {
  const userId = claims?.[names.user];
  if (typeof userId !== 'string' || userId === '') return undefined;
  // Whoever may change an address by themselves could take somebody else's.
  if (names.user === 'email' && String(claims?.email_verified ?? 'true') !== 'true') return undefined;
  return { userId, roles: rolesIn(claims?.[names.roles]) };
}

/**
 * Every claim reaches a function as a text, a list among them as `[admin manager]`, in brackets and with spaces between
 * (payload 2.0); lists themselves, commas and quotes are read as well. Whole names alone count: `[not-admin]` is none.
 */
function rolesIn(claim: unknown): readonly Role[] {
  const words = Array.isArray(claim) ? claim : typeof claim === 'string' ? claim.split(/[[\]\s,"]+/) : [];
  return ROLES.filter((role) => words.includes(role));
}
