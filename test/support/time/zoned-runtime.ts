import { FakeRuntime } from './fake-runtime.ts';

/** Time by hand in a real time zone: the offset is what the zone's rules say for the moment that is asked about. */
export class ZonedRuntime extends FakeRuntime {
  readonly #zone: string;
  readonly #format: Intl.DateTimeFormat;

  constructor(zone: string, startMs: number) {
    super();
    this.#zone = zone;
    this.#format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
    this.shiftWallClock(startMs - this.now());
  }

  override timeZone = (): string => this.#zone;

  override utcOffsetMin = (epochMs = this.now()): number => {
    const name = this.#format.formatToParts(epochMs).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    // `GMT+02:00`, `GMT-09:30`, and `GMT` alone at zero.
    const [, sign = '+', hours = '0', minutes = '0'] = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(name) ?? [];
    return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  };
}
