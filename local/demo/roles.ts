/** Roles of the simulated people: their activities and windows. */
import type { WindowName } from './windows.ts';

export type Activity = 'core' | 'mail' | 'chat' | 'research' | 'meeting' | 'call' | 'distraction';

type Weighted<T> = readonly (readonly [choice: T, weight: number])[];

export interface Role {
  readonly name: string;
  /** Usual start of work, as a minute of the day. */
  readonly beginsAtMin: number;
  readonly meetingsPerDay: number;
  /** Activities between appointments. */
  readonly activities: Weighted<Exclude<Activity, 'meeting' | 'distraction'>>;
  /** Windows of the role's own work. */
  readonly core: Weighted<WindowName>;
  readonly meeting: WindowName;
}

export const ROLES = {
  engineer: {
    name: 'engineer',
    beginsAtMin: 9 * 60 + 20,
    meetingsPerDay: 1.2,
    activities: [
      ['core', 10],
      ['chat', 2],
      ['mail', 1],
      ['research', 2],
    ],
    core: [
      ['editor', 10],
      ['terminal', 4],
      ['pullRequests', 3],
      ['issues', 1],
      ['manual', 1],
    ],
    meeting: 'meet',
  },
  sales: {
    name: 'sales',
    beginsAtMin: 8 * 60 + 30,
    meetingsPerDay: 2.2,
    activities: [
      ['core', 6],
      ['call', 6],
      ['mail', 6],
      ['chat', 2],
      ['research', 1],
    ],
    core: [
      ['crm', 8],
      ['network', 2],
      ['slides', 2],
      ['document', 2],
    ],
    meeting: 'zoom',
  },
  support: {
    name: 'support',
    beginsAtMin: 8 * 60,
    meetingsPerDay: 0.6,
    activities: [
      ['core', 12],
      ['chat', 3],
      ['call', 2],
      ['mail', 1],
    ],
    core: [
      ['tickets', 10],
      ['knowledgeBase', 4],
      ['issues', 1],
    ],
    meeting: 'teams',
  },
  designer: {
    name: 'designer',
    beginsAtMin: 9 * 60 + 45,
    meetingsPerDay: 1.4,
    activities: [
      ['core', 10],
      ['chat', 2],
      ['mail', 1],
      ['research', 2],
    ],
    core: [
      ['design', 10],
      ['images', 4],
      ['moodBoard', 2],
      ['wiki', 1],
    ],
    meeting: 'meet',
  },
  finance: {
    name: 'finance',
    beginsAtMin: 7 * 60 + 50,
    meetingsPerDay: 1,
    activities: [
      ['core', 10],
      ['mail', 4],
      ['chat', 1],
      ['research', 1],
    ],
    core: [
      ['spreadsheet', 10],
      ['ledger', 6],
      ['document', 1],
    ],
    meeting: 'teams',
  },
  manager: {
    name: 'manager',
    beginsAtMin: 8 * 60 + 45,
    meetingsPerDay: 4,
    activities: [
      ['mail', 6],
      ['core', 4],
      ['chat', 4],
      ['call', 1],
    ],
    core: [
      ['slides', 4],
      ['spreadsheet', 3],
      ['document', 3],
      ['issues', 2],
      ['calendar', 1],
    ],
    meeting: 'zoom',
  },
} as const satisfies Record<string, Role>;
export type RoleName = keyof typeof ROLES;

/** Windows of activities common to all roles. */
const COMMON = {
  mail: [
    ['mail', 8],
    ['calendar', 1],
  ],
  chat: [
    ['chat', 6],
    ['mail', 1],
  ],
  research: [
    ['research', 4],
    ['wiki', 3],
    ['articles', 1],
  ],
  call: [['dialer', 1]],
  distraction: [
    ['video', 5],
    ['forum', 4],
    ['pictures', 2],
    ['articles', 2],
  ],
} as const satisfies Partial<Record<Activity, Weighted<WindowName>>>;

export function windowsOf(role: Role, activity: Activity): Weighted<WindowName> {
  if (activity === 'core') return role.core;
  return activity === 'meeting' ? [[role.meeting, 1]] : COMMON[activity];
}

/** Duration of an activity: quantiles in minutes. */
export const ACTIVITY_MINUTES: Readonly<Record<Activity, readonly number[]>> = {
  core: [8, 18, 28, 40, 55, 75, 110],
  mail: [3, 6, 10, 15, 25],
  chat: [2, 4, 6, 10],
  research: [4, 8, 12, 22],
  meeting: [15, 30, 30, 45, 60],
  call: [3, 6, 10, 18, 30],
  distraction: [2, 3, 5, 8, 14, 24],
};

/** Time that a window stays in front: quantiles in seconds. */
export const VISIT_SECONDS: Readonly<Record<Activity, readonly number[]>> = {
  core: [6, 18, 40, 75, 130, 220, 420, 900],
  mail: [10, 30, 60, 110, 200, 400],
  chat: [8, 20, 45, 90, 180],
  research: [8, 20, 45, 80, 150, 300],
  meeting: [120, 400, 900, 2400],
  call: [90, 300, 700, 1500],
  distraction: [30, 80, 160, 320, 700],
};
