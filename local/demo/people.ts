/** The people of the fleet: who they are, what is special about them. All of them are invented. */
import type { Temperament } from './hands.ts';
import { randomOf, uuidOf } from './random.ts';
import type { RoleName } from './roles.ts';

export const BERLIN = 'Europe/Berlin';
export const NEW_YORK = 'America/New_York';

export interface DemoDevice {
  readonly deviceId: string;
  readonly name: 'desktop' | 'laptop';
}

/** Dates are given as days before the fleet's last one, so that they exist in short fleets too. */
export interface DaysBeforeEnd {
  readonly from: number;
  readonly to: number;
}

export interface Traits {
  /** Works some hours at the weekend. */
  readonly weekends?: true;
  /** Leaves the machine to a mouse jiggler for the afternoon. */
  readonly jiggler?: true;
  /** The laptop has no network on these days; what it recorded arrives on the next one. */
  readonly offline?: DaysBeforeEnd;
  readonly absent?: DaysBeforeEnd;
  /** Works from the other time zone on these days. */
  readonly travels?: DaysBeforeEnd;
  /** Has a desktop in the office and takes the laptop home after lunch. */
  readonly twoDevices?: true;
}

export interface DemoPerson extends Temperament {
  readonly userId: string;
  readonly name: string;
  readonly role: RoleName;
  /** Where they live. */
  readonly timeZone: string;
  readonly devices: readonly [DemoDevice, ...DemoDevice[]];
  readonly traits: Traits;
}

const NAMES = (
  'Ada Ben Cleo Dario Edda Finn Greta Hugo Ines Jonas Kira Liam Mona Nils Olga Paul Quinn Rosa Sven Tara ' +
  'Umar Vera Wim Xenia Yuri Zoe'
).split(' ');

/** A fleet whose last day is a Sunday, as the default one's, has these on working days. */
const CAST: readonly Traits[] = [
  {},
  { twoDevices: true },
  { weekends: true },
  { jiggler: true },
  { offline: { from: 5, to: 4 } },
  { travels: { from: 6, to: 3 } },
  { absent: { from: 4, to: 3 } },
  { twoDevices: true },
  {},
  { absent: { from: 13, to: 7 } },
  { weekends: true },
  {},
  { twoDevices: true },
];

const ROLE_TURNS: readonly RoleName[] = [
  'engineer',
  'sales',
  'designer',
  'finance',
  'support',
  'manager',
  'engineer',
  'engineer',
  'support',
  'sales',
  'engineer',
];

/** The person at a place of the fleet: the same one whoever else is there. */
export function demoPerson(seed: number, index: number): DemoPerson {
  const first = NAMES[index % NAMES.length] ?? '';
  const round = Math.floor(index / NAMES.length);
  const name = `${first}${round === 0 ? '' : ` ${round + 1}`} Demo`;
  const userId = `${name.toLowerCase().replace(' demo', '').replace(' ', '')}.demo`;
  const random = randomOf(seed, userId, 'person');
  const traits = CAST[index] ?? {};
  const device = (kind: DemoDevice['name']): DemoDevice => ({
    deviceId: uuidOf(seed, userId, kind),
    name: kind,
  });
  return {
    userId,
    name,
    role: ROLE_TURNS[index % ROLE_TURNS.length] ?? 'engineer',
    timeZone: index % 5 < 3 ? BERLIN : NEW_YORK,
    devices: traits.twoDevices ? [device('desktop'), device('laptop')] : [device('laptop')],
    traits,
    tempo: 0.8 + random.next() * 0.5,
    // Most are near to 0.7, a few far above.
    distractibility: 0.4 + random.next() * random.next() * 2.4,
  };
}

export const includesDay = (days: DaysBeforeEnd | undefined, daysBeforeEnd: number): boolean =>
  days !== undefined && daysBeforeEnd <= days.from && daysBeforeEnd >= days.to;
