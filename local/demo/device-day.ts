/** The events of one device on one day. */

import { includesDate, type LocalDay, localDay } from './calendar.ts';
import { type Block, planDay } from './day-plan.ts';
import { InputModel, type InputSecond, jigglerInput, NO_INPUT } from './input-model.ts';
import { BERLIN, type DemoDevice, type DemoPerson, NEW_YORK } from './people.ts';
import { type Random, randomOf, uuidOf } from './random.ts';
import { type Activity, ROLES, VISIT_SECONDS, windowsOf } from './roles.ts';
import { type Flush, SimulatedAgent } from './simulated-agent.ts';
import { SimulatedRuntime } from './simulated-runtime.ts';
import { type DemoWindow, WINDOWS } from './windows.ts';

export interface PersonDay {
  readonly seed: number;
  readonly person: DemoPerson;
  readonly date: string;
}

/** State of a device between days. */
export interface Installation {
  readonly device: DemoDevice;
  /** Last seq of the previous day. */
  lastSeq: number;
  /** Time zone of the previous day. */
  timeZone: string;
}

/** Time without input until the computer sleeps. */
const SLEEPS_AFTER_S = 600;
const JIGGLE_EVERY_S = [3, 5, 10, 30];

/** The day in the person's time zone on that date. */
export function dayOf({ person, date }: PersonDay): LocalDay {
  const elsewhere = person.timeZone === BERLIN ? NEW_YORK : BERLIN;
  return localDay(date, includesDate(person.traits.travels, date) ? elsewhere : person.timeZone);
}

/** In sending order. Empty on a day off. */
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
  const use = new DeviceUse({ agent, runtime, midnightMs: day.startMs, person, random });
  // After a journey, the time zone changes while the agent starts.
  await agent.start(() => runtime.moveTo(day.timeZone));
  for (const block of blocks) {
    use.simulate(block);
    yield* await agent.sent();
  }
  yield* await agent.stop();
  installation.lastSeq = agent.lastSeq;
  installation.timeZone = day.timeZone;
}

/** With two devices, every other day changes to the laptop at the first break after noon. */
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

interface DeviceUseOptions {
  readonly agent: SimulatedAgent;
  readonly runtime: SimulatedRuntime;
  readonly midnightMs: number;
  readonly person: DemoPerson;
  readonly random: Random;
}

/** Turns the blocks of a plan into windows, input and sleep of a device. */
class DeviceUse {
  readonly #agent: SimulatedAgent;
  readonly #runtime: SimulatedRuntime;
  readonly #midnightMs: number;
  readonly #person: DemoPerson;
  readonly #random: Random;
  readonly #inputModel: InputModel;

  constructor({ agent, runtime, midnightMs, person, random }: DeviceUseOptions) {
    this.#agent = agent;
    this.#runtime = runtime;
    this.#midnightMs = midnightMs;
    this.#person = person;
    this.#random = random;
    this.#inputModel = new InputModel(random, person);
  }

  simulate({ fromS, toS, what }: Block): void {
    if (what === 'asleep') this.#sleep(fromS, toS);
    else if (what === 'away') this.#leave(fromS, toS);
    else if (what === 'jiggling') this.#runJiggler(fromS, toS);
    else this.#work(what, fromS, toS);
  }

  #work(activity: Activity, fromS: number, toS: number): void {
    const role = ROLES[this.#person.role];
    let nowS = fromS;
    while (nowS < toS) {
      // In meetings, people sometimes look at the chat.
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
    for (let second = fromS; second < toS; second++) this.#input(this.#inputModel.next(window.input), second);
    this.#passTo(toS);
  }

  /** In the first half of a second, so that the second counts for this window. */
  #bringToFront({ app, titles }: DemoWindow, second: number): void {
    this.#passTo(second, this.#random.int(0, 499));
    this.#agent.window({ app, title: this.#random.pick(titles) });
  }

  /** In the second half of a second. */
  #input(input: InputSecond, second: number): void {
    if (input === NO_INPUT) return;
    this.#passTo(second, this.#random.int(500, 999));
    this.#agent.input(input);
  }

  #leave(fromS: number, toS: number): void {
    this.#inputModel.reset();
    this.#sleep(Math.min(toS, fromS + SLEEPS_AFTER_S), toS);
  }

  #runJiggler(fromS: number, toS: number): void {
    this.#inputModel.reset();
    // A window of work stays on the screen.
    this.#bringToFront(WINDOWS[this.#random.weighted(ROLES[this.#person.role].core)], fromS);
    const everyS = this.#random.pick(JIGGLE_EVERY_S);
    for (let second = fromS; second < toS; second++) this.#input(jigglerInput(second, everyS), second);
    this.#passTo(toS);
  }

  #sleep(fromS: number, toS: number): void {
    this.#inputModel.reset();
    this.#passTo(fromS);
    this.#runtime.sleepTo(this.#midnightMs + toS * 1000);
  }

  #passTo(second: number, ms = 0): void {
    this.#runtime.passTo(this.#midnightMs + second * 1000 + ms);
  }
}
