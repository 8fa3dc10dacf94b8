/** Partition keys of records: the MetadataExtraction processor. */
import { toJsonLine } from '../../pipeline/lake/split-json.ts';
import { FirehoseConfigurationError } from './configuration-error.ts';
import { JqError, JqProgram, type JqResult } from './jq.ts';
import { extractionFailure, type Failure } from './record.ts';

export type Extraction =
  | { readonly line: Uint8Array; readonly keys: ReadonlyMap<string, string> }
  | { readonly failure: Failure };

export class KeyExtraction {
  private constructor(
    private readonly program: JqProgram,
    /** Keys in the prefix. */
    private readonly names: readonly string[],
  ) {}

  /** @throws FirehoseConfigurationError if jq 1.6 cannot compile the query */
  static async open(query: string, names: readonly string[]): Promise<KeyExtraction> {
    try {
      return new KeyExtraction(await JqProgram.compile(query), names);
    } catch (error) {
      if (!(error instanceof JqError)) throw error;
      const rule = 'jq 1.6 cannot compile it; put every value in parentheses, as in {"dt":(.ts[0:10])}';
      throw new FirehoseConfigurationError(`MetadataExtractionQuery is ${query}; ${rule}: ${error.message}`, {
        cause: error,
      });
    }
  }

  /** One result per record, in order. */
  async extract(texts: readonly Uint8Array[]): Promise<readonly Extraction[]> {
    const lines = texts.map(toJsonLine);
    const results = await this.program.evaluate(lines.filter((line) => line !== undefined));
    let next = 0;
    return lines.map((line) => {
      const result = line === undefined ? undefined : results[next++];
      if (line === undefined || result === undefined) return { failure: NOT_JSON };
      const keys = this.#keysOf(result);
      return typeof keys === 'string' ? { failure: extractionFailure(keys) } : { line, keys };
    });
  }

  /** The keys, or the reason for their absence. */
  #keysOf(result: JqResult): ReadonlyMap<string, string> | string {
    if (!result.ok) return result.message;
    const keys = new Map<string, string>();
    for (const name of this.names) {
      const value = memberOf(result.value, name);
      if (value === undefined || value === null || value === '') {
        return `partitionKeys values must not be null or empty: ${name}`;
      }
      if (typeof value === 'object') return `partitionKeys values must be text, number or boolean: ${name}`;
      keys.set(name, String(value));
    }
    return keys;
  }
}

const NOT_JSON = extractionFailure('Non JSON record provided');

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
