/**
 * Takes the bytes apart that a server sends for an enabled recording context, as they come: a read may end anywhere.
 * Everything is made of units of 32 bytes (heads, and events behind the head of a reply) or is skipped, so nothing is
 * allocated an event: one DeviceEvent is filled again and again.
 * https://www.x.org/releases/X11R7.7/doc/recordproto/record.html
 */

export const KEY_PRESS = 2;
export const KEY_RELEASE = 3;
export const BUTTON_PRESS = 4;
export const BUTTON_RELEASE = 5;
export const MOTION_NOTIFY = 6;

/** What a device did. Valid until the call that was given it returns. */
export interface DeviceEvent {
  /** KEY_PRESS to MOTION_NOTIFY. */
  readonly type: number;
  /** The key code or button. */
  readonly detail: number;
  /** The server's clock: ms, 32 bits. */
  readonly serverMs: number;
  /** On the root window. */
  readonly x: number;
  readonly y: number;
  /** Modifiers and group before the event. */
  readonly state: number;
}

export interface RecordHandler {
  /** The context is enabled: from here on nothing is missed. */
  started(serverMs: number): void;
  device(event: DeviceEvent): void;
  /** The context was disabled: everything before it has been told. */
  ended(): void;
  /** The server refused: the code of its error. */
  refused(code: number): void;
}

const UNIT = 32;
const ERROR = 0;
const REPLY = 1;
const GENERIC_EVENT = 35;
const FROM_SERVER = 0;
const START_OF_DATA = 4;
const END_OF_DATA = 5;

export class RecordStream {
  readonly #handler: RecordHandler;
  readonly #event = { type: 0, detail: 0, serverMs: 0, x: 0, y: 0, state: 0 };
  /** A unit of which only the beginning has come. */
  readonly #begun = Buffer.alloc(UNIT);
  #begunBytes = 0;
  /** What is left of the events behind the last head. */
  #eventBytes = 0;
  /** Whether these events are in the order of bytes that is not ours. */
  #isSwapped: boolean = false;
  #skipBytes = 0;

  constructor(handler: RecordHandler) {
    this.#handler = handler;
  }

  /** Takes in the first `length` bytes. */
  push(bytes: Buffer, length: number): void {
    let at = 0;
    while (at < length) {
      const left = length - at;
      if (this.#skipBytes > 0) {
        const skipped = Math.min(this.#skipBytes, left);
        this.#skipBytes -= skipped;
        at += skipped;
      } else if (this.#begunBytes === 0 && left >= UNIT) {
        this.#unit(bytes, at);
        at += UNIT;
      } else {
        const taken = Math.min(UNIT - this.#begunBytes, left);
        bytes.copy(this.#begun, this.#begunBytes, at, at + taken);
        at += taken;
        this.#begunBytes += taken;
        if (this.#begunBytes < UNIT) return;
        this.#begunBytes = 0;
        this.#unit(this.#begun, 0);
      }
    }
  }

  #unit(bytes: Buffer, at: number): void {
    if (this.#eventBytes === 0) {
      this.#head(bytes, at);
      return;
    }
    this.#eventBytes -= UNIT;
    const event = this.#event;
    // The high bit marks events that a program sent; devices set none.
    event.type = bytes.readUInt8(at) & 0x7f;
    if (event.type < KEY_PRESS || event.type > MOTION_NOTIFY) return;
    event.detail = bytes.readUInt8(at + 1);
    if (this.#isSwapped) {
      event.serverMs = bytes.readUInt32BE(at + 4);
      event.x = bytes.readInt16BE(at + 20);
      event.y = bytes.readInt16BE(at + 22);
      event.state = bytes.readUInt16BE(at + 28);
    } else {
      event.serverMs = bytes.readUInt32LE(at + 4);
      event.x = bytes.readInt16LE(at + 20);
      event.y = bytes.readInt16LE(at + 22);
      event.state = bytes.readUInt16LE(at + 28);
    }
    this.#handler.device(event);
  }

  #head(bytes: Buffer, at: number): void {
    const type = bytes.readUInt8(at) & 0x7f;
    if (type === ERROR) this.#handler.refused(bytes.readUInt8(at + 1));
    if (type === GENERIC_EVENT) this.#skipBytes = 4 * bytes.readUInt32LE(at + 4);
    // Any other is an event for this connection, as each gets when the keyboard's layout changes.
    if (type !== REPLY) return;
    const category = bytes.readUInt8(at + 1);
    const dataBytes = 4 * bytes.readUInt32LE(at + 4);
    if (category === FROM_SERVER && dataBytes % UNIT === 0) {
      this.#eventBytes = dataBytes;
      this.#isSwapped = bytes.readUInt8(at + 9) === 1;
      return;
    }
    // Clients that come or go carry their setup; we did not ask for them.
    this.#skipBytes = dataBytes;
    if (category === START_OF_DATA) this.#handler.started(bytes.readUInt32LE(at + 16));
    if (category === END_OF_DATA) this.#handler.ended();
  }
}
