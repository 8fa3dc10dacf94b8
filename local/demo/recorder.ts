/**
 * Turns seconds at a machine into the events that the agent would write: one sample a minute, window changes,
 * silences and what the system says. Seconds count from 1970; nothing here is random.
 */
import type { ActivityBody, Segment } from '@kinetrack/schema';
import { type SecondOfInput, STILL } from './hands.ts';

/** An event without its envelope. */
export interface Draft {
  readonly tsMs: number;
  /** When the agent wrote it: a sample once its minute is over. Never decreases. */
  readonly writtenMs: number;
  readonly body: ActivityBody;
}

export interface WindowInFront {
  readonly app: string;
  readonly site: string | null;
  readonly title: string;
}

type SystemKind = ActivityBody<'system'>['kind'];
type IdleInput = ActivityBody<'idle'>['input'];

/** The fleet's setting of idle_threshold_s: a silence of a minute is one pair of events. */
export const IDLE_THRESHOLD_S = 60;

const SILENCE_BROKEN_BY: Readonly<Record<IdleInput, (input: SecondOfInput) => boolean>> = {
  keyboard: ({ keys }) => keys > 0,
  mouse: ({ clicks, scrolls, distancePx }) => clicks + scrolls + distancePx > 0,
  any: (input) => input !== STILL,
};
const IDLE_INPUTS: readonly IdleInput[] = ['keyboard', 'mouse', 'any'];

interface OpenSample {
  readonly minute: number;
  readonly fromS: number;
  readonly idleAtStartS: number;
  readonly keys: number[];
  readonly clicks: number[];
  readonly scrolls: number[];
  readonly distancePx: number[];
  readonly segments: Segment[];
  distractionS: number;
}

export class Recorder {
  private drafts: Draft[] = [];
  private sample: OpenSample | undefined;
  private window: WindowInFront | undefined;
  private readonly lastInputS: Record<IdleInput, number>;
  private readonly silent: Record<IdleInput, boolean> = { keyboard: false, mouse: false, any: false };

  constructor(private nowS: number) {
    this.lastInputS = { keyboard: nowS, mouse: nowS, any: nowS };
  }

  /** What was written since the last call. */
  drain(): readonly Draft[] {
    const { drafts } = this;
    this.drafts = [];
    return drafts;
  }

  system(kind: SystemKind, detail: Record<string, string>, ms = 0): void {
    this.write(this.nowS * 1000 + ms, { activity_type: 'system', kind, detail });
  }

  /** Another window comes to the front, `ms` into the current second; nothing happens where it is the same. */
  show(window: WindowInFront, ms: number): void {
    const before = this.window;
    if (before?.app === window.app && before.site === window.site && before.title === window.title) return;
    this.window = window;
    this.write(this.nowS * 1000 + ms, {
      activity_type: 'app_change',
      ...window,
      previous_app: before?.app ?? null,
      previous_site: before?.site ?? null,
      previous_title: before?.title ?? null,
    });
  }

  /** One observed second in the window in front. */
  observe(input: SecondOfInput, distracting: boolean): void {
    const sample = this.sample ?? this.openSample();
    this.watchSilence(input);
    sample.keys.push(input.keys);
    sample.clicks.push(input.clicks);
    sample.scrolls.push(input.scrolls);
    sample.distancePx.push(input.distancePx);
    if (distracting) sample.distractionS++;
    this.extendSegments(sample);
    this.nowS++;
    if (this.nowS % 60 === 0) this.closeSample();
  }

  /** Nobody is watched until that second: the screen is locked or the agent is off. */
  skipTo(second: number): void {
    this.closeSample();
    for (const input of IDLE_INPUTS) if (this.silent[input]) this.endSilence(input);
    this.window = undefined;
    this.nowS = second;
    for (const input of IDLE_INPUTS) this.lastInputS[input] = second;
  }

  /** Ends the minute early: before the screen locks or the agent stops. */
  closeSample(): void {
    const { sample } = this;
    if (sample === undefined) return;
    this.sample = undefined;
    this.write((sample.minute * 60 + sample.fromS) * 1000, {
      activity_type: 'sample',
      from_s: sample.fromS,
      to_s: sample.fromS + sample.keys.length,
      keys: sample.keys,
      clicks: sample.clicks,
      scrolls: sample.scrolls,
      distance_px: sample.distancePx,
      segments: sample.segments,
      distraction_s: sample.distractionS,
      idle_at_start_s: sample.idleAtStartS,
      flags: [],
    });
  }

  private openSample(): OpenSample {
    const fromS = this.nowS % 60;
    this.sample = {
      minute: (this.nowS - fromS) / 60,
      fromS,
      idleAtStartS: this.nowS - this.lastInputS.any,
      keys: [],
      clicks: [],
      scrolls: [],
      distancePx: [],
      segments: [],
      distractionS: 0,
    };
    return this.sample;
  }

  private extendSegments({ segments, fromS, keys }: OpenSample): void {
    const to_s = fromS + keys.length;
    const { app = null, site = null, title = null } = this.window ?? {};
    const last = segments.at(-1);
    if (last !== undefined && last.app === app && last.site === site && last.title === title)
      last.to_s = to_s;
    else segments.push({ app, site, title, from_s: to_s - 1, to_s });
  }

  private watchSilence(input: SecondOfInput): void {
    for (const kind of IDLE_INPUTS) {
      if (SILENCE_BROKEN_BY[kind](input)) {
        if (this.silent[kind]) this.endSilence(kind);
        this.lastInputS[kind] = this.nowS + 1;
      } else if (!this.silent[kind] && this.nowS + 1 - this.lastInputS[kind] >= IDLE_THRESHOLD_S) {
        this.silent[kind] = true;
        this.writeIdle(kind, 'start', this.lastInputS[kind], IDLE_THRESHOLD_S);
      }
    }
  }

  private endSilence(input: IdleInput): void {
    this.silent[input] = false;
    this.writeIdle(input, 'end', this.nowS, this.nowS - this.lastInputS[input]);
  }

  private writeIdle(input: IdleInput, phase: 'start' | 'end', second: number, duration_s: number): void {
    this.write(second * 1000, { activity_type: 'idle', phase, input, duration_s });
  }

  private write(tsMs: number, body: ActivityBody): void {
    this.drafts.push({ tsMs, writtenMs: this.nowS * 1000, body });
  }
}
