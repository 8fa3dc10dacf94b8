/**
 * The samples of an hour as plain integers. Samples are held until all objects of the hour are read. As
 * JavaScript objects, the garbage collector would copy them repeatedly, which costs a third of the time
 * of a large hour.
 */
import type { Listed } from './matchers.ts';
import { type Captured, MAX_OFFSET_MIN, type PartSegment, type SamplePart } from './sample-part.ts';

/** Integers per part, and per segment after it. */
const HEAD = 15;
const SEGMENT = 8;
const PAGE = 8192;
/** Encodes null. */
const NONE = -1;
const MAX_INT32 = 2 ** 31 - 1;

export class PackedParts {
  readonly #pages: Int32Array[] = [];
  /** Integers used of the last page. */
  #used = PAGE;
  readonly #names = new Dictionary<string>();
  readonly #labels = new Dictionary<string | null>();
  readonly #lists = new Dictionary<Listed | undefined>();
  readonly #captured = new Dictionary<Captured>();
  /** Numbers above 31 bits, which are rare. Encoded as negative indexes below NONE. */
  readonly #large = new Dictionary<number>();

  /** Returns the index of the part. */
  add(part: SamplePart): number {
    const begin = this.#allocate(HEAD + SEGMENT * part.segments.length);
    const page = this.#pageOf(begin);
    let at = begin % PAGE;
    page[at] = this.#packed(part.seq);
    page[at + 1] = this.#names.indexOf(part.userId);
    page[at + 2] = this.#names.indexOf(part.deviceId);
    page[at + 3] = this.#names.indexOf(part.minute);
    page[at + 4] = part.utcOffsetMin + MAX_OFFSET_MIN;
    page[at + 5] = part.fromS;
    page[at + 6] = part.toS;
    page[at + 7] = this.#captured.indexOf(part.captured);
    page[at + 8] = part.input.low;
    page[at + 9] = part.input.high;
    page[at + 10] = part.moving.low;
    page[at + 11] = part.moving.high;
    page[at + 12] = this.#packed(part.distractionS);
    page[at + 13] = this.#packed(part.idleAtStartS);
    page[at + 14] = part.segments.length;
    at += HEAD;
    for (const segment of part.segments) {
      page[at] = this.#labels.indexOf(segment.app);
      page[at + 1] = this.#labels.indexOf(segment.site);
      page[at + 2] = this.#lists.indexOf(segment.listed);
      page[at + 3] = segment.toS;
      page[at + 4] = this.#packed(segment.keys);
      page[at + 5] = this.#packed(segment.clicks);
      page[at + 6] = this.#packed(segment.scrolls);
      page[at + 7] = this.#packed(segment.distancePx);
      at += SEGMENT;
    }
    return begin;
  }

  seqAt(index: number): number {
    return this.#number(this.#pageOf(index), index % PAGE);
  }

  minuteAt(index: number): string {
    return this.#names.at(int(this.#pageOf(index), (index % PAGE) + 3));
  }

  /** Decodes the part. */
  at(index: number): SamplePart {
    const page = this.#pageOf(index);
    const at = index % PAGE;
    const fromS = int(page, at + 5);
    return {
      userId: this.#names.at(int(page, at + 1)),
      deviceId: this.#names.at(int(page, at + 2)),
      seq: this.#number(page, at),
      minute: this.#names.at(int(page, at + 3)),
      utcOffsetMin: int(page, at + 4) - MAX_OFFSET_MIN,
      fromS,
      toS: int(page, at + 6),
      segments: this.#segmentsAt(page, at + HEAD, int(page, at + 14), fromS),
      captured: this.#captured.at(int(page, at + 7)),
      input: { low: int(page, at + 8), high: int(page, at + 9) },
      moving: { low: int(page, at + 10), high: int(page, at + 11) },
      distractionS: this.#numberOrNull(page, at + 12),
      idleAtStartS: this.#numberOrNull(page, at + 13),
    };
  }

  /** Segments are contiguous: each starts at the end of the previous one. */
  #segmentsAt(page: Int32Array, begin: number, count: number, fromS: number): readonly PartSegment[] {
    const segments: PartSegment[] = [];
    let second = fromS;
    for (let at = begin; at < begin + count * SEGMENT; at += SEGMENT) {
      const toS = int(page, at + 3);
      segments.push({
        app: this.#labels.at(int(page, at)),
        site: this.#labels.at(int(page, at + 1)),
        listed: this.#lists.at(int(page, at + 2)),
        fromS: second,
        toS,
        keys: this.#number(page, at + 4),
        clicks: this.#number(page, at + 5),
        scrolls: this.#number(page, at + 6),
        distancePx: this.#number(page, at + 7),
      });
      second = toS;
    }
    return segments;
  }

  #packed(value: number | null): number {
    if (value === null) return NONE;
    return value <= MAX_INT32 ? value : NONE - 1 - this.#large.indexOf(value);
  }

  #numberOrNull(page: Int32Array, index: number): number | null {
    return int(page, index) === NONE ? null : this.#number(page, index);
  }

  #number(page: Int32Array, index: number): number {
    const value = int(page, index);
    return value >= 0 ? value : this.#large.at(NONE - 1 - value);
  }

  /** A part never spans pages: with the maximum of 60 segments it is smaller than a page. */
  #allocate(length: number): number {
    if (this.#used + length > PAGE) {
      this.#pages.push(new Int32Array(PAGE));
      this.#used = 0;
    }
    const index = (this.#pages.length - 1) * PAGE + this.#used;
    this.#used += length;
    return index;
  }

  #pageOf(index: number): Int32Array {
    const page = this.#pages[Math.floor(index / PAGE)];
    if (page === undefined) throw new RangeError(`no part has index ${index}`);
    return page;
  }
}

const int = (page: Int32Array, index: number): number => page[index] ?? 0;

/** Dictionary encoding: distinct values, numbered in order of appearance. */
class Dictionary<T> {
  readonly #values: T[] = [];
  readonly #indexes = new Map<T, number>();

  indexOf(value: T): number {
    const known = this.#indexes.get(value);
    if (known !== undefined) return known;
    const index = this.#values.push(value) - 1;
    this.#indexes.set(value, index);
    return index;
  }

  at(index: number): T {
    if (index >= this.#values.length) throw new RangeError(`no value has the number ${index}`);
    return this.#values[index] as T;
  }
}
