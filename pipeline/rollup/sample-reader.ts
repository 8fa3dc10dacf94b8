/** A line of a raw object becomes a sample, or the reason why it is none. */
import type { UtcHour } from '@kinetrack/schema';
import type { Classify } from './matchers.ts';
import { Names } from './names.ts';
import { type Defect, SampleDecoder, type SamplePart } from './sample-part.ts';
import { SampleScanner } from './sample-scanner.ts';

export class SampleReader {
  readonly #scanner: SampleScanner;
  readonly #decoder: SampleDecoder;

  constructor(hour: UtcHour, classify: Classify) {
    const names = new Names();
    this.#scanner = new SampleScanner(hour, classify, names);
    this.#decoder = new SampleDecoder(hour, classify, names);
  }

  /** The line between two positions. */
  read(bytes: Buffer, from: number, to: number): SamplePart | Defect {
    return this.#scanner.scan(bytes, from, to) ?? this.#parse(bytes.toString('utf8', from, to));
  }

  #parse(line: string): SamplePart | Defect {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      return 'not_json';
    }
    return this.#decoder.decode(value);
  }
}
