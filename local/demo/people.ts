/** The simulated people and their special days. All of them are invented. */
import { type DateRange, workdaysBefore } from './calendar.ts';
import type { PersonalFactors } from './input-model.ts';
import { randomOf, uuidOf } from './random.ts';
import type { RoleName } from './roles.ts';

export const BERLIN = 'Europe/Berlin';
export const NEW_YORK = 'America/New_York';

export interface DemoDevice {
  readonly deviceId: string;
  readonly name: 'desktop' | 'laptop';
}

export interface Traits {
  /** Works for some hours on Saturdays. */
  readonly saturdays?: true;
  /** Runs a mouse jiggler in the afternoon of every working day. */
  readonly jiggler?: true;
  /** The laptop is offline on these days. Its events arrive on the next working day. */
  readonly offline?: DateRange;
  /** Ill or on vacation. */
  readonly absent?: DateRange;
  /** Works in the other time zone on these days. */
  readonly travels?: DateRange;
  /** Has a desktop in the office and a laptop. */
  readonly twoDevices?: true;
}

export interface DemoPerson extends PersonalFactors {
  readonly userId: string;
  readonly name: string;
  readonly role: RoleName;
  /** Time zone at home. */
  readonly timeZone: string;
  readonly devices: readonly [DemoDevice, ...DemoDevice[]];
  readonly traits: Traits;
}

const NAMES = (
  'Ada Ben Cleo Dario Edda Finn Greta Hugo Ines Jonas Kira Liam Mona Nils Olga Paul Quinn Rosa Sven Tara ' +
  'Umar Vera Wim Xenia Yuri Zoe'
).split(' ');

/**
 * Special days are counted in working days before the last day: two weeks have 0 to 9, whatever weekday they
 * end on. Day 0 is never special, so that everybody works in a fleet of one day. Day 9 is not special either,
 * so that a normal day comes before each special one.
 */
function traitsUntil(endDate: string): readonly Traits[] {
  const workdays = (from: number, to: number): DateRange => ({
    from: workdaysBefore(endDate, from),
    to: workdaysBefore(endDate, to),
  });
  return [
    {},
    { twoDevices: true },
    { saturdays: true },
    { jiggler: true },
    { offline: workdays(3, 2) },
    { travels: workdays(4, 1) },
    { absent: workdays(2, 1) },
    { twoDevices: true },
    {},
    { absent: workdays(8, 4) },
    { saturdays: true },
    {},
    { twoDevices: true },
  ];
}

const ROLE_SEQUENCE: readonly RoleName[] = [
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

/** The person at an index. Independent of the number of people and days. */
export function demoPerson(
  { seed, endDate }: { readonly seed: number; readonly endDate: string },
  index: number,
): DemoPerson {
  const first = NAMES[index % NAMES.length] ?? '';
  const round = Math.floor(index / NAMES.length);
  const name = `${first}${round === 0 ? '' : ` ${round + 1}`} Demo`;
  const userId = `${name.toLowerCase().replace(' demo', '').replace(' ', '')}.demo`;
  const random = randomOf(seed, userId, 'person');
  const traits = traitsUntil(endDate)[index] ?? {};
  const device = (kind: DemoDevice['name']): DemoDevice => ({
    deviceId: uuidOf(seed, userId, kind),
    name: kind,
  });
  return {
    userId,
    name,
    role: ROLE_SEQUENCE[index % ROLE_SEQUENCE.length] ?? 'engineer',
    timeZone: index % 5 < 3 ? BERLIN : NEW_YORK,
    devices: traits.twoDevices ? [device('desktop'), device('laptop')] : [device('laptop')],
    traits,
    tempo: 0.8 + random.next() * 0.5,
    // Mostly near 0.7, rarely far above.
    distractibility: 0.4 + random.next() * random.next() * 2.4,
  };
}
