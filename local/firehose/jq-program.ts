/**
 * A jq program over batches of JSON texts: starting jq costs 20 ms, a record some 40 us, so there is never one
 * run per record. One record's failure is its own: it is caught inside jq, and where a record takes the whole run
 * down (`halt`, an abort), the batch is halved until that record stands alone.
 */

import { messageOf } from '@kinetrack/schema';
import { JqError, JqInstance } from './jq-instance.ts';

export type JqResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string };

const NEWLINE = Buffer.from('\n');
const encode = (text: string) => Buffer.from(text);
const FLAGS = ['jq', '-n', '-c', '--arg', 'kinetrack_records'].map(encode);

export class JqProgram {
  #instance: JqInstance;
  readonly #filter: Uint8Array;

  private constructor(instance: JqInstance, query: string) {
    this.#instance = instance;
    this.#filter = encode(
      `$kinetrack_records / "\\n" | .[] | [try (fromjson | (${query}) | [true, .]) catch [false, .]]`,
    );
  }

  /** @throws JqError where jq cannot compile the query. */
  static async compile(query: string): Promise<JqProgram> {
    const instance = await JqInstance.load();
    // Alone first: inside the wrapper `.a) | (.b` would pass. And called: jq binds no name in an unused function.
    const check = `def kinetrack_query: ${query}; if false then kinetrack_query else 0 end`;
    instance.run(['jq', '-n', check].map(encode));
    return new JqProgram(instance, query);
  }

  /** One result per text, in their order. Every text is valid JSON without a raw newline. */
  async evaluate(texts: readonly Uint8Array[]): Promise<readonly JqResult[]> {
    if (texts.length === 0) return [];
    let failure: string;
    try {
      const lines = this.#run(texts);
      if (lines.length === texts.length) return lines.map(toResult);
      failure = `jq stopped after ${lines.length} of ${texts.length} records`;
    } catch (error) {
      failure = messageOf(error);
      // An aborted instance keeps the memory of the run that it did not finish.
      if (!(error instanceof JqError)) this.#instance = await JqInstance.load();
    }
    if (texts.length === 1) return [{ ok: false, message: failure }];
    const middle = texts.length >> 1;
    const first = await this.evaluate(texts.slice(0, middle));
    return [...first, ...(await this.evaluate(texts.slice(middle)))];
  }

  #run(texts: readonly Uint8Array[]): readonly string[] {
    const parts = texts.flatMap((text, index) => (index === 0 ? [text] : [NEWLINE, text]));
    const output = this.#instance.run([...FLAGS, Buffer.concat(parts), this.#filter]);
    return output === '' ? [] : output.split('\n');
  }
}

function toResult(line: string): JqResult {
  const outputs: unknown = JSON.parse(line);
  const first = Array.isArray(outputs) && outputs.length === 1 ? outputs[0] : undefined;
  if (!Array.isArray(first)) {
    const count = Array.isArray(outputs) ? outputs.length : 0;
    return { ok: false, message: `the query gave ${count} results for the record; it must give one` };
  }
  const [ok, value] = first;
  if (ok === true) return { ok, value };
  return { ok: false, message: typeof value === 'string' ? value : JSON.stringify(value) };
}
