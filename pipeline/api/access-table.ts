/**
 * Authorization: access by role and route, default deny. Every route needs an entry here (create-api.ts
 * accepts only these routes), and a test compares table and routes. Modelled on the policy test of
 * https://github.com/fleetdm/fleet (server/authz/policy_test.go).
 *
 * Only the claims of the request decide, before any lookup. A refusal is the same for existing and
 * unknown users.
 */
import type { Role } from '@kinetrack/schema';

/** The authenticated user, as verified by the host. */
export interface Caller {
  /** `user_id` of the events of this person. */
  readonly userId: string;
  /** The role with the most access counts. Without a role, nothing is allowed. */
  readonly roles: readonly Role[];
}

/** Whose figures: nobody, the own ones, or everybody. There are no teams yet. */
export type Reach = 'nobody' | 'own' | 'everybody';

const figures = { employee: 'own', manager: 'everybody', admin: 'everybody' } as const;
const deletion = { employee: 'nobody', manager: 'nobody', admin: 'everybody' } as const;

export const ACCESS = {
  'GET /status': { employee: 'own', manager: 'own', admin: 'own' },
  'GET /users': figures,
  'GET /summary/today': figures,
  'GET /timeline': figures,
  'GET /apps': figures,
  'GET /daily': figures,
  'GET /minutes/:minute': figures,
  'DELETE /admin/user/:user': deletion,
  'GET /admin/deletions/:id': deletion,
} as const satisfies Readonly<Record<string, Readonly<Record<Role, Reach>>>>;
export type GuardedRoute = keyof typeof ACCESS;

/** Needs no sign-in: returns that the server is up, and the time. */
export const OPEN_ROUTES = ['GET /health'] as const;
export type OpenRoute = (typeof OPEN_ROUTES)[number];
