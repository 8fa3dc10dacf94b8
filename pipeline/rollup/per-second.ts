/** One of the per-second arrays of a sample, read where it stands: sums and a set of seconds, no array. */
import { bytesOf, digitAt, type JsonCursor } from './json-cursor.ts';
import { HALF_MINUTE, NO_SECONDS, SECONDS_A_MINUTE, type Seconds } from './seconds.ts';

const NULL = bytesOf('null');
const OPEN = 0x5b;
const COMMA = 0x2c;
const CLOSE = 0x5d;
/** So many that the sum of a minute stays within 32 bits; larger figures are left to JSON.parse. */
const MAX_DIGITS = 7;

export class PerSecond {
  /** False where null stands instead of the array. */
  isCaptured = false;
  /** Its seconds above zero. */
  active: Seconds = NO_SECONDS;
  /** The sum of all figures before each second of the part. */
  readonly #sums = new Int32Array(SECONDS_A_MINUTE + 1);

  /** The sum from one second to before another, counted from the first of the part. */
  between(start: number, end: number): number {
    return (this.#sums[end] ?? 0) - (this.#sums[start] ?? 0);
  }

  /** One figure for each second `fromS..toS`, or null. */
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
    let { at } = cursor;
    let before = OPEN;
    let sum = 0;
    let low = 0;
    let high = 0;
    for (let second = fromS; second < toS; second += 1) {
      const begin = at + 1;
      let figure = digitAt(bytes, begin);
      if (bytes[at] !== before || figure < 0) {
        cursor.giveUp();
        return;
      }
      at = begin + 1;
      let digit = digitAt(bytes, at);
      if (digit >= 0 && figure === 0) {
        cursor.giveUp();
        return;
      }
      for (; digit >= 0; digit = digitAt(bytes, at)) {
        figure = figure * 10 + digit;
        at += 1;
      }
      if (at - begin > MAX_DIGITS) {
        cursor.giveUp();
        return;
      }
      // 1 where the figure is above zero: a branch would be guessed wrong every third second.
      const isActive = -figure >>> 31;
      if (second < HALF_MINUTE) low |= isActive << second;
      else high |= isActive << (second - HALF_MINUTE);
      sum += figure;
      this.#sums[second - fromS + 1] = sum;
      before = COMMA;
    }
    this.active = { low, high };
    if (bytes[at] === CLOSE) cursor.at = at + 1;
    else cursor.giveUp();
  }
}
