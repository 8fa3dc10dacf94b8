/**
 * Splits a record into its JSON values: concatenated objects, or one value per line.
 *
 * Malformed text affects only its own line: AWS does not document what RecordDeAggregation does with
 * it, and a record of 200 events must not be lost for one event. An array stays whole, because Firehose
 * does not support arrays
 * (https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-multirecord-deaggergation.html).
 */
import { isUtf8 } from 'node:buffer';

/**
 * Firehose does not split a record with more objects. The whole record is then invalid JSON and fails.
 */
export const MAX_SUB_RECORDS = 500;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LF = 0x0a;
const CR = 0x0d;
/** Closing bracket by opening bracket. */
const BRACKETS: Readonly<Record<number, number>> = { 123: 0x7d, 91: 0x5d };

const isBlank = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x09 || byte === LF || byte === CR;

/** The values of a record, trimmed; empty for a blank record. They share the memory of the record. */
export function splitJson(record: Uint8Array): readonly Buffer[] {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength);
  const parts: Buffer[] = [];
  for (let from = skipBlanks(record, 0); from < record.length; ) {
    const to = endOfBrackets(record, from) ?? endOfLine(record, from);
    parts.push(trimmedEnd(bytes.subarray(from, to)));
    from = skipBlanks(record, to);
  }
  return parts;
}

/**
 * The sub-records that Firehose extracts. A blank record, or one with too many values, is returned
 * whole.
 */
export function deaggregate(record: Uint8Array): readonly Uint8Array[] {
  const parts = splitJson(record);
  return parts.length === 0 || parts.length > MAX_SUB_RECORDS ? [record] : parts;
}

/** The text as one line of JSON; undefined if it is not exactly one JSON value. */
export function toJsonLine(text: Uint8Array): Uint8Array | undefined {
  if (!isUtf8(text)) return undefined;
  const buffer = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
  try {
    JSON.parse(buffer.toString());
  } catch {
    return undefined;
  }
  // In valid JSON, raw newlines occur only between tokens and can be removed.
  return buffer.includes(LF) || buffer.includes(CR)
    ? buffer.filter((byte) => byte !== LF && byte !== CR)
    : text;
}

/** Position after the bracket that closes the object or array at `start`; undefined without one. */
function endOfBrackets(bytes: Uint8Array, start: number): number | undefined {
  const open = bytes[start] ?? 0;
  const close = BRACKETS[open];
  if (close === undefined) return undefined;
  let depth = 0;
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === open) depth++;
    else if (byte === close) {
      depth--;
      if (depth === 0) return at + 1;
    } else if (byte === QUOTE) {
      const end = endOfString(bytes, at);
      if (end === undefined) return undefined;
      at = end;
    }
  }
  return undefined;
}

/** Position of the closing quote; undefined if the line or the record ends first. */
function endOfString(bytes: Uint8Array, start: number): number | undefined {
  for (let at = start + 1; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) at++;
    else if (byte === LF) return undefined;
  }
  return undefined;
}

function endOfLine(bytes: Uint8Array, start: number): number {
  const end = bytes.indexOf(LF, start);
  return end === -1 ? bytes.length : end;
}

function skipBlanks(bytes: Uint8Array, start: number): number {
  let at = start;
  while (isBlank(bytes[at])) at++;
  return at;
}

function trimmedEnd(part: Buffer): Buffer {
  let to = part.length;
  while (to > 0 && isBlank(part[to - 1])) to--;
  return part.subarray(0, to);
}
