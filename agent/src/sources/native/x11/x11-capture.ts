/**
 * Input on X11, by the server's RECORD extension: what the devices do, each event once, on a connection of its own.
 *
 * Waking up for an event costs a hundred times what counting it does, and a mouse makes up to a thousand a second. So
 * nothing is read as it comes: what waits at the server is fetched at intervals, read together, and sent. Events carry
 * the server's time: that they are read late moves none of them.
 */
import { setImmediate } from 'node:timers/promises';
import { sleep, type Timer } from '../../../runtime.ts';
import type { Capture, CaptureOptions, StartCapture } from '../capture.ts';
import { InputCounter, SEND_INTERVAL_MS } from '../input-counter.ts';
import { DeviceInput } from './device-input.ts';
import { keyboardLayout } from './keyboard-layout.ts';
import type { KeyboardMap } from './keyboard-map.ts';
import { type DeviceEvent, type RecordHandler, RecordStream } from './record-stream.ts';
import { ServerClock } from './server-clock.ts';
import { READ_BYTES, XConnection } from './x-connection.ts';
import { XError } from './x-error.ts';
import {
  getInputFocus,
  parseExtension,
  queryExtension,
  recordCreateContext,
  recordDisableContext,
  recordEnableContext,
} from './x-requests.ts';

/** Just before the counter would send by itself, so that a batch is sent as soon as it is read: one waking, not two. */
const FETCH_INTERVAL_MS = SEND_INTERVAL_MS - 10;
/** While nobody does anything. Below the second that presence waits before it believes in a silence. */
const IDLE_INTERVAL_MS = 900;
/** While an interval brings more than one read can take: the server holds in memory what we do not read. */
const FLOOD_INTERVAL_MS = 50;
const CLOSE_TIMEOUT_MS = 500;

/** Rejects with an XError. */
export const startX11: StartCapture = async (options) => {
  // A context ends with the connection that created it; the one that is recorded on cannot be asked anything.
  const control = await XConnection.open(options.env);
  const major = parseExtension(await control.ask(queryExtension('RECORD')));
  if (major === null) throw new XError('no_record', 'the X server has no RECORD extension; turn it on');
  const keys = await keyboardLayout(control);
  const data = await XConnection.open(options.env);
  const capture = new X11Capture(options, { control, data, major, keys });
  await capture.start();
  return capture;
};

interface Recording {
  readonly control: XConnection;
  readonly data: XConnection;
  /** Opcode of the RECORD extension. */
  readonly major: number;
  readonly keys: KeyboardMap;
}

class X11Capture implements Capture, RecordHandler {
  readonly #options: CaptureOptions;
  readonly #recording: Recording;
  readonly #clock: ServerClock;
  readonly #counter: InputCounter;
  readonly #input: DeviceInput;
  readonly #stream = new RecordStream(this);
  #fetchTimer: Timer | null = null;
  /** Since the last fetch began. */
  #readBytes = 0;
  #isStarted: boolean = false;
  #isClosing: boolean = false;
  #started: (error?: XError) => void = () => {};
  #ended: () => void = () => {};

  constructor(options: CaptureOptions, recording: Recording) {
    this.#options = options;
    this.#recording = recording;
    this.#clock = new ServerClock(options.runtime);
    this.#counter = new InputCounter({ ...options, inputClock: this.#clock });
    this.#input = new DeviceInput(this.#counter, recording.keys);
  }

  async start(): Promise<void> {
    const { control, data } = this.#recording;
    const started = new Promise<void>((resolve, reject) => {
      this.#started = (error) => (error === undefined ? resolve() : reject(error));
    });
    for (const connection of [control, data]) void connection.ended.then((error) => this.#lose(error));
    data.handOver((bytes, length) => this.#read(bytes, length));
    await Promise.all([started, this.#enable()]);
    this.#isStarted = true;
    this.#fetchIn(IDLE_INTERVAL_MS);
  }

  flush(): void {
    this.#counter.flush();
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#fetchTimer?.cancel();
    const { control, data, major } = this.#recording;
    const ended = new Promise<void>((resolve) => {
      this.#ended = resolve;
    });
    // The end of the record comes after all that was recorded: nothing that happened before is left out.
    control.send(recordDisableContext(major, control.setup.idBase));
    data.resume();
    await Promise.race([ended, data.ended, sleep(this.#options.runtime, CLOSE_TIMEOUT_MS)]);
    this.#counter.flush();
    control.close();
    data.close();
  }

  started(serverMs: number): void {
    this.#clock.follow(serverMs);
    this.#started();
  }

  device(event: DeviceEvent): void {
    this.#clock.follow(event.serverMs);
    this.#input.take(event);
  }

  ended(): void {
    this.#ended();
  }

  refused(code: number): void {
    this.#lose(new XError('no_record', `the X server refuses to record: error ${code}`));
  }

  async #enable(): Promise<void> {
    const { control, data, major } = this.#recording;
    const context = control.setup.idBase;
    control.send(recordCreateContext(major, context));
    // Requests of two connections have no order of their own: a reply says that the context is there.
    await control.ask(queryExtension('RECORD'));
    data.send(recordEnableContext(major, context));
  }

  #fetchIn(delayMs: number): void {
    this.#fetchTimer = this.#options.runtime.after(delayMs, () => void this.#fetch());
  }

  async #fetch(): Promise<void> {
    const { control, data } = this.#recording;
    this.#readBytes = 0;
    data.resume();
    try {
      // A server keeps up to 32 recorded events to itself until it has something to say to any of its clients.
      await control.ask(getInputFocus());
    } catch {
      // The connection is gone: #lose is called for that.
      return;
    }
    // It says the reply first: the events follow at once, and are read in the next turn of the event loop.
    await setImmediate();
    await setImmediate();
    if (this.#isClosing) return;
    data.pause();
    const isFlood = this.#readBytes > READ_BYTES;
    if (!isFlood) this.#counter.send();
    this.#fetchIn(isFlood ? FLOOD_INTERVAL_MS : this.#readBytes > 0 ? FETCH_INTERVAL_MS : IDLE_INTERVAL_MS);
  }

  #read(bytes: Buffer, length: number): void {
    this.#clock.readNow();
    this.#stream.push(bytes, length);
    this.#readBytes += length;
  }

  #lose(error: XError): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#fetchTimer?.cancel();
    this.#recording.control.close();
    this.#recording.data.close();
    if (!this.#isStarted) {
      this.#started(error);
      return;
    }
    this.#counter.flush();
    this.#options.onLost();
  }
}
