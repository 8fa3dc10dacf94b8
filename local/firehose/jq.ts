/**
 * A jq 1.6 program (npm jq-web 0.5.1, WebAssembly) over batches of JSON strings.
 *
 * A start of jq costs 20 ms, a record about 40 us, so records run in batches. An error in one record is
 * caught inside jq. If a record ends the whole run (`halt`, an abort), the batch is halved until that
 * record is alone.
 *
 * The script of jq-web cannot be imported as it is: it installs handlers for uncaught exceptions that
 * throw, loads its binary with `fetch` from a file path, copies its input byte by byte (0.1 ms a record),
 * and leaks the arguments of every run. Therefore it runs with an inert `process`, the binary is read
 * here, and input and arguments are written into one buffer of the instance.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { compileFunction } from 'node:vm';
import { messageOf } from '@kinetrack/schema';

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

  /** @throws JqError if jq cannot compile the query */
  static async compile(query: string): Promise<JqProgram> {
    const instance = await JqInstance.load();
    // Checked outside the wrapper, which would accept `.a) | (.b`. And called, because jq resolves no
    // names in an unused function.
    const check = `def kinetrack_query: ${query}; if false then kinetrack_query else 0 end`;
    instance.run(['jq', '-n', check].map(encode));
    return new JqProgram(instance, query);
  }

  /** One result per string, in order. Every string must be valid JSON without a raw newline. */
  async evaluate(texts: readonly Uint8Array[]): Promise<readonly JqResult[]> {
    if (texts.length === 0) return [];
    let failure: string;
    try {
      const lines = this.#run(texts);
      if (lines.length === texts.length) return lines.map(toResult);
      failure = `jq stopped after ${lines.length} of ${texts.length} records`;
    } catch (error) {
      failure = messageOf(error);
      // An aborted instance leaks the memory of its last run.
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

/** The used members of Emscripten's module object. Their names depend on the pinned version. */
interface JqModule {
  HEAPU8: Uint8Array;
  HEAP32: Int32Array;
  callMain: () => void;
  _main(argc: number, argv: number): number;
  _malloc(bytes: number): number;
}

interface JqApi {
  raw(input: string, filter: string, flags: readonly string[]): string;
  onInitialized: { addListener(call: () => void): void };
}

const requireHere = createRequire(import.meta.url);
const POINTER_BYTES = 4;

class JqInstance {
  #buffer = 0;
  #bufferBytes = 0;

  private constructor(
    private readonly module: JqModule,
    private readonly api: JqApi,
  ) {}

  static async load(): Promise<JqInstance> {
    const path = requireHere.resolve('jq-web/jq.wasm.js');
    const run = compileFunction(readFileSync(path, 'utf8'), PARAMETERS, { filename: path });
    const exported: { exports: JqApi | undefined } = { exports: undefined };
    let module: JqModule | undefined;
    const hooks = {
      wasmBinary: readFileSync(path.replace(/\.js$/, '.wasm')),
      // A documented Emscripten hook, and the only access to the module object.
      locateFile(this: JqModule, file: string, directory: string) {
        module = this;
        return directory + file;
      },
    };
    run(exported, {}, requireHere, dirname(path), inertProcess, undefined, hooks);
    const api = exported.exports;
    if (api === undefined)
      throw new Error('jq-web does not export what version 0.5.1 does; pin that version');
    await new Promise<void>((resolve) => api.onInitialized.addListener(resolve));
    if (module === undefined) throw new Error('jq-web never asked for its binary; pin version 0.5.1');
    return new JqInstance(module, api);
  }

  /**
   * Runs `jq ARGUMENTS` without input and returns its standard output.
   * @throws JqError with standard error if there is no output. After any other error, jq has aborted and
   * the instance must not be used again.
   */
  run(args: readonly Uint8Array[]): string {
    this.module.callMain = () => this.#main(args);
    try {
      // raw() creates output streams, calls callMain and decodes the output.
      return this.api.raw('', '', []);
    } catch (error) {
      if (isAbort(error) || !(error instanceof Error)) throw error;
      throw new JqError((error.stack ?? error.message).trim());
    }
  }

  #main(args: readonly Uint8Array[]): void {
    const { module } = this;
    const textBytes = args.reduce((sum, arg) => sum + arg.length + 1, 0);
    const argv = this.#reserve(textBytes + (args.length + 2) * POINTER_BYTES);
    let text = argv + (args.length + 1) * POINTER_BYTES;
    for (const [index, arg] of args.entries()) {
      module.HEAP32[argv / POINTER_BYTES + index] = text;
      module.HEAPU8.set(arg, text);
      module.HEAPU8[text + arg.length] = 0;
      text += arg.length + 1;
    }
    module.HEAP32[argv / POINTER_BYTES + args.length] = 0;
    try {
      module._main(args.length, argv);
    } catch (error) {
      if (!isExit(error)) throw error;
    }
  }

  /** One buffer that only grows: the module exports malloc but not free. */
  #reserve(bytes: number): number {
    if (bytes > this.#bufferBytes) {
      this.#bufferBytes = Math.max(bytes * 2, 1 << 20);
      this.#buffer = this.module._malloc(this.#bufferBytes);
      if (this.#buffer === 0) throw new Error(`jq has no memory for an input of ${bytes} bytes`);
    }
    return this.#buffer;
  }
}

/** The message is jq's standard error. */
export class JqError extends Error {
  readonly code = 'jq_failed';
  constructor(message: string) {
    super(message);
    this.name = 'JqError';
  }
}

const PARAMETERS = ['module', 'exports', 'require', '__dirname', 'process', 'fetch', 'jq'];

/** Enough of `process` for jq-web to detect Node.js. Handlers are discarded. */
const inertProcess = {
  versions: { node: process.versions.node },
  argv: [],
  on() {},
  exit(status: number) {
    throw new Error(`jq wanted to end the process with status ${status}`);
  },
};

/** Emscripten throws this at the end of main(), also on success. */
const isExit = (error: unknown) => error instanceof Error && error.name === 'ExitStatus';
const isAbort = (error: unknown) => error instanceof WebAssembly.RuntimeError;
