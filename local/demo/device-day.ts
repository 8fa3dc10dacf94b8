/** What one device records on one day of its person. */

import { includesDate } from './calendar.ts';
import { type Block, planDay } from './day-plan.ts';
import { jiggle, PairOfHands, type SecondOfInput, STILL } from './hands.ts';
import { BERLIN, type DemoDevice, type DemoPerson, NEW_YORK } from './people.ts';
import { type Random, randomOf, uuidOf } from './random.ts';
import { type Activity, ROLES, VISIT_SECONDS, windowsOf } from './roles.ts';
import { type Flush, SimulatedAgent } from './simulated-agent.ts';
import { SimulatedRuntime } from './simulated-runtime.ts';
import { type DemoWindow, WINDOWS } from './windows.ts';
import { type LocalDay, localDay } from './zones.ts';

export interface PersonDay {
  readonly seed: number;
  readonly person: DemoPerson;
  readonly date: string;
}

/** What stays with a device from one day to the next. */
export interface Installation {
  readonly device: DemoDevice;
  /** Of its events; numbers go on where the day before ended. */
  lastSeq: number;
  /** Where its clock was told to be last. */
  timeZone: string;
}

/** A machine that nobody touches goes to sleep after so long. */
const SLEEPS_AFTER_S = 600;
const JIGGLE_EVERY_S = [3, 5, 10, 30];

/** The day in the zone where the person is then. */
export function dayOf({ person, date }: PersonDay): LocalDay {
  const elsewhere = person.timeZone === BERLIN ? NEW_YORK : BERLIN;
  return localDay(date, includesDate(person.traits.travels, date) ? elsewhere : person.timeZone);
}

/** In the order in which the agent sends it; nothing on a day off. */
export async function* deviceDay(
  personDay: PersonDay,
  installation: Installation,
): AsyncGenerator<Flush, void, undefined> {
  const { seed, person, date } = personDay;
  const { device } = installation;
  const plan = planDay(person, date, randomOf(seed, person.userId, date, 'plan'));
  const blocks = blocksAt(device, personDay, plan);
  const [first] = blocks;
  if (first === undefined) return;

  const random = randomOf(seed, person.userId, date, device.name);
  const day = dayOf(personDay);
  const sessionId = uuidOf(seed, device.deviceId, date, 'session');
  const runtime = new SimulatedRuntime({
    key: [seed, device.deviceId, date],
    timeZone: installation.timeZone,
    epochMs: day.startMs + first.fromS * 1000 + random.int(0, 999),
  });
  const agent = new SimulatedAgent({
    runtime,
    identity: { deviceId: device.deviceId, sessionId, userId: person.userId },
    lastSeq: installation.lastSeq,
    isOffline: includesDate(person.traits.offline, date),
  });
  const desk = new Desk({ agent, runtime, midnightMs: day.startMs, person, random });
  // Whoever has travelled starts the machine with the clock of the other place.
  await agent.start(() => runtime.moveTo(day.timeZone));
  for (const block of blocks) {
    desk.spend(block);
    yield* await agent.sent();
  }
  yield* await agent.stop();
  installation.lastSeq = agent.lastSeq;
  installation.timeZone = day.timeZone;
}

/** Whoever has two devices leaves the desktop for the laptop at the first break after noon, on every other day. */
function blocksAt(device: DemoDevice, { person, seed, date }: PersonDay, plan: readonly Block[]) {
  if (person.devices.length === 1) return plan;
  const habit = randomOf(seed, person.userId, date, 'devices').next();
  if (habit < 0.5) {
    const handover = plan.findIndex(({ what, fromS }) => what === 'asleep' && fromS >= 12 * 3600);
    if (handover !== -1)
      return device.name === 'desktop' ? plan.slice(0, handover) : plan.slice(handover + 1);
  }
  return device.name === (habit < 0.75 ? 'desktop' : 'laptop') ? plan : [];
}

interface DeskOptions {
  readonly agent: SimulatedAgent;
  readonly runtime: SimulatedRuntime;
  readonly midnightMs: number;
  readonly person: DemoPerson;
  readonly random: Random;
}

/** A person at one device: seconds of the local day become input, windows and sleep. */
class Desk {
  readonly #agent: SimulatedAgent;
  readonly #runtime: SimulatedRuntime;
  readonly #midnightMs: number;
  readonly #person: DemoPerson;
  readonly #random: Random;
  readonly #hands: PairOfHands;

  constructor({ agent, runtime, midnightMs, person, random }: DeskOptions) {
    this.#agent = agent;
    this.#runtime = runtime;
    this.#midnightMs = midnightMs;
    this.#person = person;
    this.#random = random;
    this.#hands = new PairOfHands(random, person);
  }

  spend({ fromS, toS, what }: Block): void {
    if (what === 'asleep') this.#sleep(fromS, toS);
    else if (what === 'away') this.#leave(fromS, toS);
    else if (what === 'jiggling') this.#jiggle(fromS, toS);
    else this.#work(what, fromS, toS);
  }

  #work(activity: Activity, fromS: number, toS: number): void {
    const role = ROLES[this.#person.role];
    let nowS = fromS;
    while (nowS < toS) {
      // In meetings people look at something else now and then.
      const strays = activity === 'meeting' && nowS > fromS && this.#random.chance(0.4);
      const shown = strays ? 'chat' : activity;
      const visitS = Math.max(4, this.#random.quantile(VISIT_SECONDS[shown]));
      const untilS = Math.min(toS, nowS + visitS);
      this.#visit(WINDOWS[this.#random.weighted(windowsOf(role, shown))], nowS, untilS);
      nowS = untilS;
    }
  }

  #visit(window: DemoWindow, fromS: number, toS: number): void {
    this.#bringToFront(window, fromS);
    for (let second = fromS; second < toS; second++) this.#input(this.#hands.second(window.hands), second);
    this.#passTo(toS);
  }

  /** Within the first half of a second, so that this second belongs to the window. */
  #bringToFront({ app, titles }: DemoWindow, second: number): void {
    this.#passTo(second, this.#random.int(0, 499));
    this.#agent.window({ app, title: this.#random.pick(titles) });
  }

  /** Within the second half. */
  #input(input: SecondOfInput, second: number): void {
    if (input === STILL) return;
    this.#passTo(second, this.#random.int(500, 999));
    this.#agent.input(input);
  }

  #leave(fromS: number, toS: number): void {
    this.#hands.rest();
    this.#sleep(Math.min(toS, fromS + SLEEPS_AFTER_S), toS);
  }

  #jiggle(fromS: number, toS: number): void {
    this.#hands.rest();
    // Whoever wants to look busy leaves their work on the screen.
    this.#bringToFront(WINDOWS[this.#random.weighted(ROLES[this.#person.role].core)], fromS);
    const everyS = this.#random.pick(JIGGLE_EVERY_S);
    for (let second = fromS; second < toS; second++) this.#input(jiggle(second, everyS), second);
    this.#passTo(toS);
  }

  #sleep(fromS: number, toS: number): void {
    this.#hands.rest();
    this.#passTo(fromS);
    this.#runtime.sleepTo(this.#midnightMs + toS * 1000);
  }

  #passTo(second: number, ms = 0): void {
    this.#runtime.passTo(this.#midnightMs + second * 1000 + ms);
  }
}
