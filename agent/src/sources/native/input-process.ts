/** One run of the capture process: fork, messages, end. */
import { type ChildProcess, fork } from 'node:child_process';
import type { Runtime } from '../../runtime.ts';
import { type DisplaySession, isX11 } from './display.ts';
import type { ForkTarget } from './input-entry.ts';
import type { FailureCause, InputChildOptions } from './input-message.ts';
import { type InputBatch, inputMessageSchema } from './input-schema.ts';

export interface ProcessEnd {
  /**
   * Cause reported by the process; `silent` if it never became ready, `died` if it ended without a report.
   */
  readonly cause: FailureCause | 'silent' | 'died';
  /** The last part of its standard error, for recognizing known messages. Never shown or stored. */
  readonly stderr: string;
}

export interface InputProcessOptions extends InputChildOptions {
  readonly runtime: Runtime;
  readonly env: NodeJS.ProcessEnv;
  readonly entry: ForkTarget;
  readonly onReady: () => void;
  readonly onBatch: (batch: InputBatch) => void;
  /** Called once, unless close() was called before. */
  readonly onEnd: (end: ProcessEnd) => void;
}

/** A hook starts within milliseconds. A failed start may hang instead of reporting an error. */
const START_TIMEOUT_MS = 5000;
const CLOSE_TIMEOUT_MS = 1000;
const STDERR_BYTES = 4096;

export class InputProcess {
  readonly #options: InputProcessOptions;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  #stderr = '';
  #cause: ProcessEnd['cause'] = 'died';
  #isClosing: boolean = false;

  constructor(options: InputProcessOptions) {
    this.#options = options;
    const { runtime, env, entry, detail, mouseMoveIntervalMs } = options;
    const childOptions: InputChildOptions = { detail, mouseMoveIntervalMs };
    this.#child = fork(entry.path, [JSON.stringify(childOptions)], {
      env,
      execArgv: [...entry.execArgv],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const startTimer = runtime.after(START_TIMEOUT_MS, () => this.#kill('silent'));
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_BYTES);
    });
    this.#child.on('message', (message: unknown) => {
      startTimer.cancel();
      this.#receive(message);
    });
    this.#exited = new Promise((resolve) => {
      const end = () => {
        startTimer.cancel();
        resolve();
        if (!this.#isClosing) options.onEnd({ cause: this.#cause, stderr: this.#stderr });
        this.#isClosing = true;
      };
      this.#child.once('close', end);
      // The process could not be started, for example for lack of memory: `close` may not follow.
      this.#child.once('error', end);
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Receives the last counts, then ends the process. Can be called twice. */
  async close(): Promise<void> {
    this.#isClosing = true;
    if (this.#child.connected) this.#child.send('close', () => {});
    const timer = this.#options.runtime.after(CLOSE_TIMEOUT_MS, () => this.#child.kill('SIGKILL'));
    await this.#exited;
    timer.cancel();
  }

  #receive(input: unknown): void {
    const parsed = inputMessageSchema.safeParse(input);
    if (!parsed.success) {
      // The child never sends this. Its content must not get any further.
      this.#kill('died');
      return;
    }
    const message = parsed.data;
    if (message.kind === 'batch') this.#options.onBatch(message);
    else if (message.kind === 'failed') this.#cause = message.cause;
    else if (!this.#isClosing) this.#options.onReady();
  }

  #kill(cause: ProcessEnd['cause']): void {
    this.#cause = cause;
    this.#child.kill('SIGKILL');
  }
}

/** `isFinal`: a restart cannot help while this process runs. */
export interface InputProblem {
  readonly isFinal: boolean;
  readonly reason: string;
}

/** Why the capture process ended, in one sentence with the remedy. */
export function inputProblem(end: ProcessEnd, session: DisplaySession): InputProblem {
  const { cause, stderr } = end;
  if (cause === 'not_installed') {
    return final('The package uiohook-napi is not installed; reinstall with optional dependencies (npm ci).');
  }
  const library = /(lib[\w.+-]+): cannot open shared object file/.exec(stderr)?.[1];
  if (library !== undefined) {
    return final(
      `The system library ${library} is missing; install it (Debian, Ubuntu: apt install libx11-6 libxtst6 libxt6 libxinerama1 libxkbcommon-x11-0).`,
    );
  }
  if (cause === 'not_loadable') {
    return final(
      `uiohook-napi has no build that loads on ${session.platform}-${process.arch}; reinstall (npm rebuild uiohook-napi).`,
    );
  }
  if (session.platform === 'darwin') {
    return passing(
      'macOS denies access to keyboard and mouse; allow it for the program that runs Kinetrack under System Settings, Privacy & Security, Accessibility and Input Monitoring.',
    );
  }
  if (isX11(session)) {
    const display = `The X display ${JSON.stringify(session.env.DISPLAY ?? '')}`;
    if (stderr.includes('XOpenDisplay failure')) {
      return passing(
        `${display} cannot be opened; check that it is running and that DISPLAY and XAUTHORITY are correct.`,
      );
    }
    if (stderr.includes('XRecord')) {
      return passing(`${display} does not offer the RECORD extension; turn it on in the X server.`);
    }
  }
  if (cause === 'silent')
    return passing('The capture process does not respond; it is restarted automatically.');
  return passing('The capture process ended repeatedly; it is restarted automatically.');
}

const final = (reason: string): InputProblem => ({ isFinal: true, reason });
const passing = (reason: string): InputProblem => ({ isFinal: false, reason });
