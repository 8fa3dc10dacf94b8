/**
 * Decodes samples from bytes, if they have the form that the agent writes: all fields, in the order of
 * the schema, without whitespace and escapes. `JSON.parse` allocates 250 numbers, 20 strings and six
 * arrays per line, of which a few sums are needed. The scanner reads each byte once and builds only the
 * sums.
 *
 * Invariant: the scanner is a fast path with the same results as `JSON.parse` and `SampleDecoder`. For
 * any other line it returns nothing, and the caller uses those.
 */
import type { UtcHour } from '@kinetrack/schema';
import { type Slice, sliceOf, sliceOfBytes, WHOLE } from '../../lake/slices.ts';
import type { Classify, Listed } from '../matchers.ts';
import { capturedOf, MAX_OFFSET_MIN, type PartSegment, type SamplePart } from '../sample-part.ts';
import { SECONDS_A_MINUTE, union } from '../second-set.ts';
import type { StringPool } from '../string-pool.ts';
import { bytesOf, digitAt, JsonCursor } from './json-cursor.ts';
import { PerSecond } from './per-second.ts';

const key = (name: string): Buffer => bytesOf(`,"${name}":`);

const BEGIN = bytesOf('{"schema_version":');
const EVENT_ID = key('event_id');
const DEVICE_ID = key('device_id');
const SEQ = key('seq');
const SESSION_ID = key('session_id');
const USER_ID = key('user_id');
const UTC_OFFSET_MIN = key('utc_offset_min');
const TIME_ZONE = key('time_zone');
const AGENT_VERSION = key('agent_version');
const SAMPLE = bytesOf(',"activity_type":"sample"');
const FROM_S = key('from_s');
const TO_S = key('to_s');
const KEYS = key('keys');
const CLICKS = key('clicks');
const SCROLLS = key('scrolls');
const DISTANCE_PX = key('distance_px');
const SEGMENTS = bytesOf(',"segments":[');
const APP = bytesOf('{"app":');
const SITE = key('site');
const TITLE = key('title');
const DISTRACTION_S = key('distraction_s');
const IDLE_AT_START_S = key('idle_at_start_s');
/** Lines with flags are rare and take the slow path. */
const END = bytesOf(',"flags":[]}');

/** Result for a line of a person in another slice. */
export const OTHER_SLICE = 'other_slice';

const COMMA = 0x2c;
const MINUS = 0x2d;
const COLON = 0x3a;
const CLOSE = 0x5d;
const CLOSE_OBJECT = 0x7d;

export class SampleScanner {
  readonly #cursor = new JsonCursor();
  readonly #classify: Classify;
  readonly #strings: StringPool;
  readonly #slice: Slice;
  readonly #ts: Buffer;
  /** The minutes of the hour, as `2026-11-20T09:10`. */
  readonly #minutes: readonly string[];
  readonly #keys = new PerSecond();
  readonly #clicks = new PerSecond();
  readonly #scrolls = new PerSecond();
  readonly #distance = new PerSecond();

  constructor({ dt, hour }: UtcHour, classify: Classify, strings: StringPool, slice: Slice = WHOLE) {
    this.#classify = classify;
    this.#strings = strings;
    this.#slice = slice;
    this.#ts = bytesOf(`,"ts":"${dt}T${hour}:`);
    this.#minutes = Array.from(
      { length: 60 },
      (_, minute) => `${dt}T${hour}:${String(minute).padStart(2, '0')}`,
    );
  }

  /**
   * The sample between two positions; undefined if the line needs JSON.parse. Stores no string for
   * people of other slices.
   */
  scan(bytes: Buffer, from: number, to: number): SamplePart | typeof OTHER_SLICE | undefined {
    const cursor = this.#cursor;
    cursor.start(bytes, from);
    cursor.expect(BEGIN);
    cursor.number();
    cursor.expect(EVENT_ID);
    cursor.skipString();
    cursor.expect(DEVICE_ID);
    const deviceAt = cursor.at + 1;
    cursor.skipString();
    const deviceEnd = cursor.at - 1;
    cursor.expect(SEQ);
    const seq = cursor.number();
    cursor.expect(SESSION_ID);
    cursor.skipString();
    cursor.expect(USER_ID);
    const userAt = cursor.at + 1;
    cursor.skipString();
    if (cursor.hasFailed) return undefined;
    if (!this.#isInSlice(bytes, userAt, cursor.at - 1)) return OTHER_SLICE;
    const userId = this.#strings.internBytes(bytes, userAt, cursor.at - 1);
    const deviceId = this.#strings.internBytes(bytes, deviceAt, deviceEnd);
    cursor.expect(this.#ts);
    const minute = this.#minute();
    cursor.expect(UTC_OFFSET_MIN);
    const utcOffsetMin = this.#offset();
    cursor.expect(TIME_ZONE);
    cursor.skipString();
    cursor.expect(AGENT_VERSION);
    cursor.skipString();
    cursor.expect(SAMPLE);
    cursor.expect(FROM_S);
    const fromS = cursor.number();
    cursor.expect(TO_S);
    const toS = cursor.number();
    if (deviceId === '' || userId === '' || seq === 0 || toS > SECONDS_A_MINUTE) return undefined;
    this.#readInput(fromS, toS);
    cursor.expect(SEGMENTS);
    const segments = this.#segments(fromS, toS);
    cursor.expect(DISTRACTION_S);
    const distractionS = cursor.numberOrNull();
    cursor.expect(IDLE_AT_START_S);
    const idleAtStartS = cursor.numberOrNull();
    cursor.expect(END);
    if (cursor.at !== to) return undefined;

    const moving = this.#distance.active;
    return {
      userId,
      deviceId,
      seq,
      minute,
      utcOffsetMin,
      fromS,
      toS,
      segments,
      captured: capturedOf(
        this.#keys.isCaptured,
        this.#clicks.isCaptured,
        this.#scrolls.isCaptured,
        this.#distance.isCaptured,
      ),
      input: union(union(this.#keys.active, this.#clicks.active), union(this.#scrolls.active, moving)),
      moving,
      distractionS,
      idleAtStartS,
    };
  }

  #readInput(fromS: number, toS: number): void {
    const cursor = this.#cursor;
    cursor.expect(KEYS);
    this.#keys.read(cursor, fromS, toS);
    cursor.expect(CLICKS);
    this.#clicks.read(cursor, fromS, toS);
    cursor.expect(SCROLLS);
    this.#scrolls.read(cursor, fromS, toS);
    cursor.expect(DISTANCE_PX);
    this.#distance.read(cursor, fromS, toS);
  }

  #isInSlice(bytes: Buffer, from: number, to: number): boolean {
    const { index, of } = this.#slice;
    if (of === 1) return true;
    for (let at = from; at < to; at += 1) {
      // The slice is computed from the decoded ID: invalid UTF-8 becomes replacement characters.
      if ((bytes[at] ?? 0) > 0x7f) return sliceOf(bytes.toString('utf8', from, to), of) === index;
    }
    return sliceOfBytes(bytes, from, to, of) === index;
  }

  /** The segments must cover the part without gap or overlap. */
  #segments(partFromS: number, partToS: number): readonly PartSegment[] {
    const cursor = this.#cursor;
    const segments: PartSegment[] = [];
    let second = partFromS;
    do {
      cursor.expect(APP);
      const app = this.#nameOrNull();
      cursor.expect(SITE);
      const site = this.#nameOrNull();
      cursor.expect(TITLE);
      const listed = this.#listed(app, site);
      cursor.expect(FROM_S);
      const fromS = cursor.number();
      cursor.expect(TO_S);
      const toS = cursor.number();
      if (!cursor.skip(CLOSE_OBJECT) || fromS !== second || toS <= second) {
        cursor.fail();
        return segments;
      }
      const start = fromS - partFromS;
      const end = toS - partFromS;
      segments.push({
        app,
        site,
        listed,
        fromS,
        toS,
        keys: this.#keys.between(start, end),
        clicks: this.#clicks.between(start, end),
        scrolls: this.#scrolls.between(start, end),
        distancePx: this.#distance.between(start, end),
      });
      second = toS;
    } while (cursor.skip(COMMA));
    if (second !== partToS || !cursor.skip(CLOSE)) cursor.fail();
    return segments;
  }

  /** The list of the window. Skips the title without building a string if no rule matches titles. */
  #listed(app: string | null, site: string | null): Listed | undefined {
    if (this.#classify.readsTitles) return this.#classify(app, site, this.#nameOrNull());
    this.#cursor.skipStringOrNull();
    return this.#classify(app, site, null);
  }

  /** Reads the two digits of the minute and skips the rest of the timestamp. */
  #minute(): string {
    const cursor = this.#cursor;
    const tens = digitAt(cursor.bytes, cursor.at);
    const units = digitAt(cursor.bytes, cursor.at + 1);
    const minute = tens < 0 || units < 0 ? undefined : this.#minutes[tens * 10 + units];
    if (minute === undefined || cursor.bytes[cursor.at + 2] !== COLON) {
      cursor.fail();
      return '';
    }
    cursor.at += 3;
    cursor.skipRestOfString();
    return minute;
  }

  #offset(): number {
    const isBehind = this.#cursor.skip(MINUS);
    const offset = this.#cursor.number();
    if (offset > MAX_OFFSET_MIN) this.#cursor.fail();
    return isBehind ? -offset : offset;
  }

  #nameOrNull(): string | null {
    if (this.#cursor.isAtString) return this.#name();
    this.#cursor.skipStringOrNull();
    return null;
  }

  #name(): string {
    const cursor = this.#cursor;
    const begin = cursor.at + 1;
    cursor.skipString();
    return cursor.hasFailed ? '' : this.#strings.internBytes(cursor.bytes, begin, cursor.at - 1);
  }
}
