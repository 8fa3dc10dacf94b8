/** Who may see what: the roles that a sign-in carries. */
export const ROLES = ['employee', 'manager', 'admin'] as const;
export type Role = (typeof ROLES)[number];
