/** The plan of a person's day: activities and breaks, in seconds of the local day. */
import { includesDate, isWorkday, weekdayOf } from './calendar.ts';
import type { DemoPerson } from './people.ts';
import type { Random } from './random.ts';
import { ACTIVITY_MINUTES, type Activity, ROLES } from './roles.ts';

export interface Block {
  readonly fromS: number;
  readonly toS: number;
  /**
   * `away`: the person leaves, and the computer sleeps after a while. `asleep`: the computer sleeps at once.
   * `jiggling`: the person is away, and a mouse jiggler runs.
   */
  readonly what: Activity | 'away' | 'asleep' | 'jiggling';
}

const minutes = (count: number): number => Math.round(count * 60);

/** Ordered blocks without overlap. Empty on a day off. */
export function planDay(person: DemoPerson, date: string, random: Random): readonly Block[] {
  const { absent, saturdays } = person.traits;
  const weekday = weekdayOf(date);
  if (includesDate(absent, date)) return [];
  if (isWorkday(date)) return planWorkday(person, weekday, random);
  return saturdays && weekday === 6 ? planSaturday(person, random) : [];
}

function planSaturday(person: DemoPerson, random: Random): readonly Block[] {
  const fromS = minutes(random.int(10 * 60, 14 * 60));
  return fill(person, [], fromS, fromS + minutes(random.int(70, 200)), 1.2, random);
}

function planWorkday(person: DemoPerson, weekday: number, random: Random): readonly Block[] {
  const role = ROLES[person.role];
  const fromS = minutes(role.beginsAtMin) + random.int(-1500, 1500);
  // Long enough for the afternoon of the jiggler.
  const shortFriday = weekday === 5 && random.chance(0.35) && !person.traits.jiggler;
  const toS = fromS + minutes(shortFriday ? random.int(300, 380) : random.int(480, 570));

  const appointments: Block[] = [];
  const book = (block: Block): void => {
    const free =
      block.fromS >= fromS &&
      block.toS <= toS &&
      appointments.every((other) => block.toS <= other.fromS || block.fromS >= other.toS);
    if (free) appointments.push(block);
  };
  const lunchS = minutes(random.int(11 * 60 + 45, 12 * 60 + 50)) + random.int(0, 59);
  if (person.traits.jiggler) book({ fromS: minutes(13 * 60), toS: minutes(15 * 60), what: 'jiggling' });
  book({
    fromS: lunchS,
    toS: lunchS + minutes(random.int(28, 62)) + random.int(0, 59),
    what: random.chance(0.6) ? 'asleep' : 'away',
  });
  book({ fromS: minutes(10 * 60), toS: minutes(10 * 60 + 15), what: 'meeting' });
  // Half of the meetings are declined, and some find no free slot.
  for (let asked = 0; asked < role.meetingsPerDay * 2; asked++) {
    const startS = minutes(9 * 60 + 30 * random.int(0, 14));
    const lengthS = minutes(random.pick(ACTIVITY_MINUTES.meeting)) + random.int(-120, 240);
    if (random.chance(0.5)) book({ fromS: startS, toS: startS + lengthS, what: 'meeting' });
  }
  return fill(person, appointments, fromS, toS, weekday === 5 ? 1.3 : 1, random);
}

/** Work, breaks and distractions between the appointments. */
function fill(
  person: DemoPerson,
  appointments: readonly Block[],
  fromS: number,
  toS: number,
  distraction: number,
  random: Random,
): readonly Block[] {
  const blocks: Block[] = [];
  let nowS = fromS;
  let breakDueS = fromS + minutes(random.int(55, 120));
  const add = (what: Block['what'], untilS: number): void => {
    if (untilS > nowS) blocks.push({ fromS: nowS, toS: untilS, what });
    nowS = Math.max(nowS, untilS);
  };
  const upTo = (limitS: number): void => {
    while (nowS < limitS) {
      const tired = nowS > minutes(14 * 60) ? 1.7 : nowS < minutes(11 * 60) ? 0.4 : 1;
      if (nowS >= breakDueS) {
        add(
          random.chance(0.55) ? 'asleep' : 'away',
          Math.min(limitS, nowS + minutes(random.int(4, 14)) + random.int(0, 59)),
        );
        breakDueS = nowS + minutes(random.int(60, 130));
        continue;
      }
      const distracted = random.chance(0.13 * tired * distraction * person.distractibility);
      const what = distracted ? 'distraction' : random.weighted<Activity>(ROLES[person.role].activities);
      add(what, Math.min(limitS, nowS + 60 * random.quantile(ACTIVITY_MINUTES[what]) + random.int(0, 59)));
    }
  };
  for (const appointment of [...appointments].sort((one, other) => one.fromS - other.fromS)) {
    upTo(appointment.fromS);
    add(appointment.what, appointment.toS);
  }
  upTo(toS);
  return blocks;
}
