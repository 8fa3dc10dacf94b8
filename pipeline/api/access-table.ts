/**
 * Who may do what: role by route, default deny. A route without a row cannot be written (create-api.ts takes its
 * routes from here), and a test holds the table and the routes together; the model is the policy test of
 * https://github.com/fleetdm/fleet (server/authz/policy_test.go).
 *
 * What decides is the claim of the request alone, before anything is looked up: a refusal reads the same whether the
 * person that was requested about exists or not.
 */
import type { Role } from '@kinetrack/schema';

/** Whoever asks, as the host in front of the routes has proved it. */
export interface Caller {
  /** As it stands on the events of this person. */
  readonly userId: string;
  /** Of several the one that may do most counts; none may do nothing. */
  readonly roles: readonly Role[];
}

/** Whose figures: nobody's, one's own, or those of all. Teams, between the last two, do not exist yet. */
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

/** Answered to everybody: it says that the server is there, and the time. */
export const OPEN_ROUTES = ['GET /health'] as const;
export type OpenRoute = (typeof OPEN_ROUTES)[number];
