/**
 * Takes a record of several JSON objects apart: concatenated or one on a line, as RecordDeAggregation does.
 * Malformed text costs the line that it stands on, never its neighbours: AWS does not say what it does there,
 * and a record of 200 events must not be lost for one of them.
 */
import { isUtf8 } from 'node:buffer';

/** Firehose passes a record of more objects on as a whole, which then is no JSON and fails. */
export const MAX_SUB_RECORDS = 500;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const LF = 0x0a;
const CR = 0x0d;

const isBlank = (byte: number | undefined) => byte === 0x20 || byte === 0x09 || byte === LF || byte === CR;

/** The sub-records without surrounding blanks and newlines; the record itself where it does not begin with an object. */
export function deaggregate(record: Uint8Array): readonly Uint8Array[] {
  const first = skipBlanks(record, 0);
  if (record[first] !== OPEN) return [record];
  const found: Uint8Array[] = [];
  for (let start = first; start < record.length; ) {
    const end = endOfObject(record, start) ?? endOfLine(record, start);
    found.push(record.subarray(start, end));
    if (found.length > MAX_SUB_RECORDS) return [record];
    start = skipBlanks(record, end);
  }
  return found;
}

/** The text as one line of JSON, or undefined where it is not exactly one JSON value. */
export function toJsonLine(text: Uint8Array): Uint8Array | undefined {
  if (!isUtf8(text)) return undefined;
  const buffer = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
  try {
    JSON.parse(buffer.toString());
  } catch {
    return undefined;
  }
  // Valid JSON has raw newlines between its tokens only, so none of them means anything.
  return buffer.includes(LF) || buffer.includes(CR)
    ? buffer.filter((byte) => byte !== LF && byte !== CR)
    : text;
}

/** Behind the brace that closes the object at `start`; undefined where none does. */
function endOfObject(bytes: Uint8Array, start: number): number | undefined {
  if (bytes[start] !== OPEN) return undefined;
  let depth = 0;
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === OPEN) depth++;
    else if (byte === CLOSE) {
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

/** The closing quote; undefined where the line or the record ends first. */
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
