/** Roles of a signed-in user. pipeline/api/access.ts defines their permissions. */
export const ROLES = ['employee', 'manager', 'admin'] as const;
export type Role = (typeof ROLES)[number];
