/** Reads a per-second array of a sample into sums and a set of seconds, without building the array. */
import { highBit, lowBit, NO_SECONDS, SECONDS_A_MINUTE, type SecondSet } from '../second-set.ts';
import { bytesOf, digitAt, type JsonCursor } from './json-cursor.ts';

const NULL = bytesOf('null');
const ZERO = 0x30;
const OPEN = 0x5b;
const COMMA = 0x2c;
const CLOSE = 0x5d;
/** Keeps the sum of a minute within 32 bits. Larger numbers are left to JSON.parse. */
const MAX_DIGITS = 7;

export class PerSecond {
  /** False if the value is null. */
  isCaptured = false;
  /** Seconds with a value above zero. */
  active: SecondSet = NO_SECONDS;
  /** Sum of all values before each second of the part. */
  readonly #sums = new Int32Array(SECONDS_A_MINUTE + 1);

  /** Sum of the half-open range `start..end`, counted from the first second of the part. */
  between(start: number, end: number): number {
    return (this.#sums[end] ?? 0) - (this.#sums[start] ?? 0);
  }

  /** Reads one value for each second `fromS..toS`, or null. */
  read(cursor: JsonCursor, fromS: number, toS: number): void {
    const isArray = cursor.bytes[cursor.at] === OPEN;
    this.isCaptured = isArray;
    if (isArray) this.#readFigures(cursor, fromS, toS);
    else {
      this.active = NO_SECONDS;
      this.#sums.fill(0);
      cursor.expect(NULL);
    }
  }

  #readFigures(cursor: JsonCursor, fromS: number, toS: number): void {
    const { bytes } = cursor;
    const sums = this.#sums;
    let { at } = cursor;
    let second = fromS;
    let sum = 0;
    let low = 0;
    let high = 0;
    do {
      // After the bracket or comma. Most values are zero.
      const begin = at + 1;
      at = begin + 1;
      if (bytes[begin] !== ZERO) {
        let figure = 0;
        at = begin;
        for (let digit = digitAt(bytes, at); digit >= 0; digit = digitAt(bytes, at)) {
          figure = figure * 10 + digit;
          at += 1;
        }
        if (at === begin || at > begin + MAX_DIGITS) break;
        sum += figure;
        low |= lowBit(second);
        high |= highBit(second);
      }
      second += 1;
      sums[second - fromS] = sum;
    } while (second < toS && bytes[at] === COMMA);
    this.active = { low, high };
    if (second === toS && bytes[at] === CLOSE) cursor.at = at + 1;
    else cursor.fail();
  }
}
