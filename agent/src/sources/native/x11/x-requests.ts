/**
 * Requests and the setup of the X protocol, as bytes. We always speak little-endian: a server of the other order
 * translates, in both directions.
 * https://www.x.org/releases/X11R7.7/doc/xproto/x11protocol.html, https://www.x.org/releases/X11R7.7/doc/recordproto/record.html
 */
const LITTLE_ENDIAN = 0x6c;
const PROTOCOL_MAJOR = 11;

const padded = (length: number): number => (length + 3) & ~3;

export function setupRequest(protocol: string, cookie: Buffer): Buffer {
  const bytes = Buffer.alloc(12 + padded(protocol.length) + padded(cookie.length));
  bytes[0] = LITTLE_ENDIAN;
  bytes.writeUInt16LE(PROTOCOL_MAJOR, 2);
  bytes.writeUInt16LE(protocol.length, 6);
  bytes.writeUInt16LE(cookie.length, 8);
  bytes.write(protocol, 12, 'latin1');
  cookie.copy(bytes, 12 + padded(protocol.length));
  return bytes;
}

export interface XSetup {
  /** Ids that this connection may give begin here. */
  readonly idBase: number;
  readonly minKeycode: number;
  readonly maxKeycode: number;
}

/** How many bytes the answer to the setup has, once its first eight are there. */
export const setupBytes = (head: Buffer): number => 8 + 4 * head.readUInt16LE(6);

/** The setup, or the server's reason for refusing. */
export function parseSetup(answer: Buffer): XSetup | string {
  const [status = 0, reasonLength = 0] = answer;
  if (status === 0) return answer.toString('latin1', 8, 8 + reasonLength).trim() || 'it gives no reason';
  if (status !== 1) return 'it asks for an authentication that Kinetrack does not speak';
  return {
    idBase: answer.readUInt32LE(12),
    minKeycode: answer.readUInt8(34),
    maxKeycode: answer.readUInt8(35),
  };
}

/** Opcode, the second byte, then 32-bit words. */
function request(opcode: number, data: number, ...words: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * (1 + words.length));
  bytes[0] = opcode;
  bytes[1] = data;
  bytes.writeUInt16LE(1 + words.length, 2);
  for (const [index, word] of words.entries()) bytes.writeUInt32LE(word, 4 * (1 + index));
  return bytes;
}

export function queryExtension(name: string): Buffer {
  const bytes = Buffer.concat([request(98, 0, name.length), Buffer.alloc(padded(name.length))]);
  bytes.writeUInt16LE(bytes.length / 4, 2);
  bytes.write(name, 8, 'latin1');
  return bytes;
}

/** The extension's major opcode, or null where the server has none of that name. */
export const parseExtension = (reply: Buffer): number | null => (reply[8] === 1 ? reply.readUInt8(9) : null);

export const getKeyboardMapping = ({ minKeycode, maxKeycode }: XSetup): Buffer =>
  request(101, 0, minKeycode | ((maxKeycode - minKeycode + 1) << 8));

export const getModifierMapping = (): Buffer => request(119, 0);

/** The smallest request that has a reply. */
export const getInputFocus = (): Buffer => request(43, 0);

const ALL_CLIENTS = 3;
/** Range of the core protocol's device events: KeyPress, KeyRelease, ButtonPress, ButtonRelease, MotionNotify. */
const DEVICE_EVENTS = 2 | (6 << 8);

/** Records what devices do, and nothing of what programs say: the other ranges stay empty. */
export const recordCreateContext = (major: number, context: number): Buffer =>
  request(major, 1, context, 0, 1, 1, ALL_CLIENTS, 0, 0, 0, 0, DEVICE_EVENTS << 16, 0);

export const recordEnableContext = (major: number, context: number): Buffer => request(major, 5, context);

export const recordDisableContext = (major: number, context: number): Buffer => request(major, 6, context);
