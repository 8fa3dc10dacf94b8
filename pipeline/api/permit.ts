/** Applies the access table to a request. */
import { ROLES, type Role } from '@kinetrack/schema';
import { ACCESS, type Caller, type GuardedRoute, type Reach } from './access-table.ts';
import { ApiError } from './errors.ts';

/** The access of a caller to a route. */
export interface Permit {
  readonly caller: Caller;
  readonly reach: Exclude<Reach, 'nobody'>;
}

/** @throws ApiError if the caller has no access */
export function authorize(route: GuardedRoute, caller: Caller | undefined): Permit {
  if (caller === undefined) {
    throw new ApiError(401, 'not_signed_in', 'not signed in; sign in on the dashboard');
  }
  const row: Readonly<Record<Role, Reach>> = ACCESS[route];
  const reaches = caller.roles.map((role) => row[role]);
  if (reaches.includes('everybody')) return { caller, reach: 'everybody' };
  if (reaches.includes('own')) return { caller, reach: 'own' };
  const roles = caller.roles.length === 0 ? 'no role' : `the role ${caller.roles.join(' and ')}`;
  const allowed = ROLES.filter((role) => row[role] !== 'nobody').join(' or ');
  throw new ApiError(
    403,
    'not_allowed',
    `${route}: requires the role ${allowed}, but you have ${roles}; ask your administrator for a role`,
  );
}

/** The requested user, by default the caller. @throws ApiError if the caller may not see that user */
export function requestedUser({ caller, reach }: Permit, requested: string | undefined): string {
  if (requested === undefined || requested === caller.userId) return caller.userId;
  if (reach === 'everybody') return requested;
  throw new ApiError(
    403,
    'not_allowed',
    `user ${JSON.stringify(requested)}: you can only see your own figures; omit the parameter user`,
  );
}
