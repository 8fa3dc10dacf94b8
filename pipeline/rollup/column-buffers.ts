/**
 * The values of a column until their group is written. Rows are taken apart at once: what is kept of them are small
 * numbers, texts that many rows share, and bytes. Whole rows would grow old, and the garbage collector would copy them.
 */
import type { Column } from '@kinetrack/schema';
import type { ColumnSource } from 'hyparquet-writer';

export type Scalar = string | number | boolean | null;
export type ColumnData = Pick<ColumnSource, 'data' | 'encoding'>;

export interface ColumnBuffer {
  add(value: Scalar): void;
  /** What was added since the last `clear`; valid until then. */
  readonly data: ColumnData;
  clear(): void;
}

/** `isProse`: its values seldom repeat, and a dictionary would cost time and save nothing. */
export function columnBuffer({ type }: Column, isProse: boolean): ColumnBuffer {
  if (isProse) return new ProseBuffer();
  if (type.kind === 'bigint') return new BigintBuffer();
  if (type.kind === 'timestamp') return new TimestampBuffer();
  return new ValueBuffer();
}

class ValueBuffer implements ColumnBuffer {
  #values: Scalar[] = [];

  add(value: Scalar): void {
    this.#values.push(value);
  }

  get data(): ColumnData {
    return { data: this.#values };
  }

  clear(): void {
    this.#values = [];
  }
}

/** Counts: a dictionary would be built for nothing. */
class BigintBuffer implements ColumnBuffer {
  #values: bigint[] = [];

  add(value: Scalar): void {
    const number = Number(value);
    this.#values.push(SMALL_BIGINTS[number] ?? BigInt(number));
  }

  get data(): ColumnData {
    return { data: this.#values, encoding: 'PLAIN' };
  }

  clear(): void {
    this.#values = [];
  }
}

/** Counts are mostly small, and a bigint that is made once need not be made a million times. */
const SMALL_BIGINTS = Array.from({ length: 1024 }, (_, value) => BigInt(value));

/** UTC text becomes milliseconds; an hour has sixty different ones. */
class TimestampBuffer implements ColumnBuffer {
  readonly #known = new Map<Scalar, bigint>();
  #values: bigint[] = [];

  add(value: Scalar): void {
    let parsed = this.#known.get(value);
    if (parsed === undefined) {
      parsed = BigInt(Date.parse(String(value)));
      this.#known.set(value, parsed);
    }
    this.#values.push(parsed);
  }

  get data(): ColumnData {
    return { data: this.#values };
  }

  clear(): void {
    this.#values = [];
  }
}

class ProseBuffer implements ColumnBuffer {
  #bytes = Buffer.allocUnsafe(64 * 1024);
  #taken = 0;
  /** Where each text ends. */
  #ends: number[] = [];

  add(value: Scalar): void {
    const text = String(value);
    this.#ensure(text.length * MAX_BYTES_A_UNIT);
    this.#taken += this.#bytes.write(text, this.#taken);
    this.#ends.push(this.#taken);
  }

  get data(): ColumnData {
    let from = 0;
    const texts = this.#ends.map((to) => {
      const text = new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + from, to - from);
      from = to;
      return text;
    });
    return { data: texts, encoding: 'PLAIN' };
  }

  clear(): void {
    this.#taken = 0;
    this.#ends = [];
  }

  #ensure(bytes: number): void {
    if (this.#taken + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#taken + bytes));
    this.#bytes.copy(larger, 0, 0, this.#taken);
    this.#bytes = larger;
  }
}

/** UTF-8 of one UTF-16 code unit. */
const MAX_BYTES_A_UNIT = 3;
