/** The people of the fleet: who they are, what is special about them. All of them are invented. */
import { type DateRange, workdaysBefore } from './calendar.ts';
import type { Temperament } from './hands.ts';
import { randomOf, uuidOf } from './random.ts';
import type { RoleName } from './roles.ts';

export const BERLIN = 'Europe/Berlin';
export const NEW_YORK = 'America/New_York';

export interface DemoDevice {
  readonly deviceId: string;
  readonly name: 'desktop' | 'laptop';
}

export interface Traits {
  /** Works some hours on Saturdays. */
  readonly saturdays?: true;
  /** Leaves the machine to a mouse jiggler for the afternoon of every working day. */
  readonly jiggler?: true;
  /** The laptop has no network on these days; what it recorded arrives on the next working day. */
  readonly offline?: DateRange;
  /** Ill or on vacation. */
  readonly absent?: DateRange;
  /** Works from the other time zone on these days. */
  readonly travels?: DateRange;
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

/**
 * Special days are counted in working days before the fleet's last: two weeks hold 0 to 9, whatever weekday they end
 * on. Nothing touches 0, so that a fleet of one day shows everybody at work, nor 9, so that each has a day before it.
 */
function castUntil(endDate: string): readonly Traits[] {
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

/** The person at a place of the fleet: the same one whoever else is there, and however many days it has. */
export function demoPerson(
  { seed, endDate }: { readonly seed: number; readonly endDate: string },
  index: number,
): DemoPerson {
  const first = NAMES[index % NAMES.length] ?? '';
  const round = Math.floor(index / NAMES.length);
  const name = `${first}${round === 0 ? '' : ` ${round + 1}`} Demo`;
  const userId = `${name.toLowerCase().replace(' demo', '').replace(' ', '')}.demo`;
  const random = randomOf(seed, userId, 'person');
  const traits = castUntil(endDate)[index] ?? {};
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
