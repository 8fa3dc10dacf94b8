/**
 * One instance of jq 1.6 as WebAssembly (npm jq-web 0.5.1), loaded so that it touches nothing outside itself.
 *
 * Its script, taken as it is, cannot stand in a program: it installs handlers for uncaught exceptions that throw,
 * fetches its binary by a path (which fails where `fetch` exists), copies its input byte by byte through arrays
 * (0.1 ms a record), and leaves the arguments of every run on its stack. So the script gets a process of its own
 * to write on, the binary is read here, and input and arguments go straight into one buffer of the instance.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { compileFunction } from 'node:vm';

/** What Emscripten's module object offers and is used here; the names belong to the pinned version. */
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

export class JqInstance {
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
      // The documented hook that Emscripten calls on its module object, which the script keeps to itself.
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
   * Runs `jq ARGUMENTS` without input; gives what stands on standard output.
   * @throws JqError with the text of standard error where there is no output. After any other error the
   * instance is broken (jq has aborted) and must not be used again.
   */
  run(args: readonly Uint8Array[]): string {
    this.module.callMain = () => this.#main(args);
    try {
      // raw() gives jq fresh output streams, calls callMain and decodes what was written.
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

  /** One buffer that only grows: the module exports malloc and no free. */
  #reserve(bytes: number): number {
    if (bytes > this.#bufferBytes) {
      this.#bufferBytes = Math.max(bytes * 2, 1 << 20);
      this.#buffer = this.module._malloc(this.#bufferBytes);
      if (this.#buffer === 0) throw new Error(`jq has no memory for an input of ${bytes} bytes`);
    }
    return this.#buffer;
  }
}

/** What jq wrote to standard error. */
export class JqError extends Error {
  readonly code = 'jq_failed';
  constructor(message: string) {
    super(message);
    this.name = 'JqError';
  }
}

const PARAMETERS = ['module', 'exports', 'require', '__dirname', 'process', 'fetch', 'jq'];

/** Enough of `process` to be taken for Node; the handlers that the script wants to install go nowhere. */
const inertProcess = {
  versions: { node: process.versions.node },
  argv: [],
  on() {},
  exit(status: number) {
    throw new Error(`jq wanted to end the process with status ${status}`);
  },
};

/** Emscripten throws this to leave main(), also after success. */
const isExit = (error: unknown) => error instanceof Error && error.name === 'ExitStatus';
const isAbort = (error: unknown) => error instanceof WebAssembly.RuntimeError;
