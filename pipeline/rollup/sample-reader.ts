/** Decodes a line of a raw object into a sample or the reason why it is invalid. */
import { isRecord, type UtcHour } from '@kinetrack/schema';
import { type Slice, sliceOf, WHOLE } from '../lake/slices.ts';
import type { Classify } from './matchers.ts';
import { type Defect, SampleDecoder, type SamplePart } from './sample-part.ts';
import { OTHER_SLICE, SampleScanner } from './scanner/sample-scanner.ts';
import { StringPool } from './string-pool.ts';

export class SampleReader {
  readonly #scanner: SampleScanner;
  readonly #decoder: SampleDecoder;
  readonly #slice: Slice;

  constructor(hour: UtcHour, classify: Classify, slice: Slice = WHOLE) {
    const strings = new StringPool();
    this.#slice = slice;
    this.#scanner = new SampleScanner(hour, classify, strings, slice);
    this.#decoder = new SampleDecoder(hour, classify, strings);
  }

  /**
   * Reads the line between two positions. Exactly one slice of the hour counts a line: the slice of its
   * person, or the first slice if the line has no person.
   */
  read(bytes: Buffer, from: number, to: number): SamplePart | Defect | typeof OTHER_SLICE {
    return this.#scanner.scan(bytes, from, to) ?? this.#parse(bytes.toString('utf8', from, to));
  }

  #parse(line: string): SamplePart | Defect | typeof OTHER_SLICE {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      return this.#slice.index === 0 ? 'not_json' : OTHER_SLICE;
    }
    const user = isRecord(value) ? value.user_id : undefined;
    const index = typeof user === 'string' ? sliceOf(user, this.#slice.of) : 0;
    return index === this.#slice.index ? this.#decoder.decode(value) : OTHER_SLICE;
  }
}
