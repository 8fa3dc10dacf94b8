/** What one device records on one day of its person. */

import { includesDate } from './calendar.ts';
import { type Block, planDay } from './day-plan.ts';
import { jiggle, PairOfHands, STILL } from './hands.ts';
import { BERLIN, type DemoDevice, type DemoPerson, NEW_YORK } from './people.ts';
import { type Random, randomOf } from './random.ts';
import { type Draft, Recorder, type WindowInFront } from './recorder.ts';
import { type Activity, ROLES, VISIT_SECONDS, windowsOf } from './roles.ts';
import { type DemoWindow, WINDOWS } from './windows.ts';
import { type LocalDay, localDay } from './zones.ts';

export interface PersonDay {
  readonly seed: number;
  readonly person: DemoPerson;
  readonly date: string;
}

/** A screen that nobody locks locks itself after so long. */
const AUTO_LOCK_S = 600;
const JIGGLE_EVERY_S = [3, 5, 10, 30];

/** The day in the zone where the person is then. */
export function dayOf({ person, date }: PersonDay): LocalDay {
  const elsewhere = person.timeZone === BERLIN ? NEW_YORK : BERLIN;
  return localDay(date, includesDate(person.traits.travels, date) ? elsewhere : person.timeZone);
}

/** What a device told about its surroundings last; it speaks only of what is new. */
export interface Surroundings {
  timeZone: string;
  utcOffsetMin: number;
  offline: boolean;
}

/**
 * In the order in which the agent writes them; nothing on a day off. Keeps `surroundings` up to date, since the day
 * before may have been one without any work.
 */
export function* deviceDay(
  personDay: PersonDay,
  device: DemoDevice,
  surroundings: Surroundings,
): Generator<Draft, void, undefined> {
  const { seed, person, date } = personDay;
  const plan = planDay(person, date, randomOf(seed, person.userId, date, 'plan'));
  const blocks = blocksAt(device, personDay, plan);
  const [first] = blocks;
  if (first === undefined) return;

  const random = randomOf(seed, person.userId, date, device.name);
  const day = dayOf(personDay);
  const midnightS = day.startMs / 1000;
  const recorder = new Recorder(midnightS + first.fromS);
  const at = new Desk(recorder, midnightS, person, random);

  recorder.system(
    'start',
    { sink: 'kinesis:activity', detail: 'counts', title_mode: 'redacted' },
    random.int(0, 499),
  );
  recorder.system(
    'capability',
    { input: 'available', 'active-window': 'available', presence: 'available' },
    999,
  );
  at.announce(surroundings, {
    timeZone: day.timeZone,
    utcOffsetMin: day.utcOffsetMin,
    offline: includesDate(person.traits.offline, date),
  });
  for (const block of blocks) {
    at.spend(block);
    yield* recorder.drain();
  }
  recorder.skipTo(midnightS + (blocks.at(-1)?.toS ?? 0));
  recorder.system('stop', {});
  yield* recorder.drain();
}

/** Whoever has two devices leaves the desktop for the laptop at the first break after noon, on every other day. */
function blocksAt(device: DemoDevice, { person, seed, date }: PersonDay, plan: readonly Block[]) {
  if (person.devices.length === 1) return plan;
  const habit = randomOf(seed, person.userId, date, 'devices').next();
  if (habit < 0.5) {
    const handover = plan.findIndex(({ what, fromS }) => what === 'locked' && fromS >= 12 * 3600);
    if (handover !== -1)
      return device.name === 'desktop' ? plan.slice(0, handover) : plan.slice(handover + 1);
  }
  return device.name === (habit < 0.75 ? 'desktop' : 'laptop') ? plan : [];
}

/** A person at one device. */
class Desk {
  private readonly hands: PairOfHands;
  /** Still there when the screen is unlocked. */
  private inFront: WindowInFront | undefined;

  constructor(
    private readonly recorder: Recorder,
    private readonly midnightS: number,
    private readonly person: DemoPerson,
    private readonly random: Random,
  ) {
    this.hands = new PairOfHands(random, person);
  }

  announce(known: Surroundings, now: Surroundings): void {
    if (known.timeZone !== now.timeZone || known.utcOffsetMin !== now.utcOffsetMin) {
      this.recorder.system(
        'time_zone',
        {
          time_zone: now.timeZone,
          utc_offset_min: String(now.utcOffsetMin),
          previous_time_zone: known.timeZone,
          previous_utc_offset_min: String(known.utcOffsetMin),
        },
        999,
      );
    }
    if (known.offline !== now.offline) {
      this.recorder.system('network', { state: now.offline ? 'offline' : 'online' }, 999);
    }
    Object.assign(known, now);
  }

  spend({ fromS, toS, what }: Block): void {
    if (what === 'locked') this.lock(toS);
    else if (what === 'away') this.leave(fromS, toS);
    else if (what === 'jiggling') this.jiggleUntil(fromS, toS);
    else this.work(what, fromS, toS);
  }

  private work(activity: Activity, fromS: number, toS: number): void {
    const { random } = this;
    const role = ROLES[this.person.role];
    let nowS = fromS;
    while (nowS < toS) {
      // In meetings people look at something else now and then.
      const strays = activity === 'meeting' && nowS > fromS && random.chance(0.4);
      const window: DemoWindow = WINDOWS[random.weighted(windowsOf(role, strays ? 'chat' : activity))];
      const visitS = Math.min(
        toS - nowS,
        Math.max(4, random.quantile(VISIT_SECONDS[strays ? 'chat' : activity])),
      );
      this.visit(window, visitS);
      nowS += visitS;
    }
  }

  private visit(window: DemoWindow, seconds: number): void {
    this.bringToFront(window);
    const { hands, distracting = false } = window;
    for (let second = 0; second < seconds; second++) {
      this.recorder.observe(this.hands.second(hands), distracting);
    }
  }

  private bringToFront({ app, site, titles }: DemoWindow): void {
    this.inFront = { app, site, title: this.random.pick(titles) };
    // A second belongs to the window that was in front for most of it.
    this.recorder.show(this.inFront, this.random.int(0, 499));
  }

  private leave(fromS: number, toS: number): void {
    this.hands.rest();
    const locksAtS = Math.min(toS, fromS + AUTO_LOCK_S);
    for (let second = fromS; second < locksAtS; second++) this.recorder.observe(STILL, false);
    if (locksAtS < toS) this.lock(toS);
  }

  private jiggleUntil(fromS: number, toS: number): void {
    this.hands.rest();
    // Whoever wants to look busy leaves their work on the screen.
    this.bringToFront(WINDOWS[this.random.weighted(ROLES[this.person.role].core)]);
    const everyS = this.random.pick(JIGGLE_EVERY_S);
    for (let second = fromS; second < toS; second++) this.recorder.observe(jiggle(second, everyS), false);
  }

  private lock(untilS: number): void {
    this.hands.rest();
    this.recorder.closeSample();
    this.recorder.system('lock', {}, this.random.int(0, 999));
    this.recorder.skipTo(this.midnightS + untilS);
    this.recorder.system('unlock', {});
    if (this.inFront !== undefined) this.recorder.show(this.inFront, 0);
  }
}
