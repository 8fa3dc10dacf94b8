/**
 * Records that Firehose could not deliver: a line of JSON each, the record itself as base64.
 * https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-error-handling.html gives no schema; fields as
 * Firehose writes them for a failed transformation, and under other names (`lastErrorCode`) for a failed conversion:
 * https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion-error-handling.html
 */
import { isRecord, parseJson } from './event-lines.ts';

export interface ErrorRecord {
  readonly document: Readonly<Record<string, unknown>>;
  /** ms since 1970; NaN where the line does not say. */
  readonly arrivalMs: number;
  readonly errorCode: string;
  readonly data: Buffer;
}

/** The record of a line; undefined where the line is none. */
export function errorRecordOf(line: Buffer): ErrorRecord | undefined {
  const document = parseJson(line.toString('utf8'));
  if (!isRecord(document) || typeof document.rawData !== 'string') return undefined;
  const code = document.errorCode ?? document.lastErrorCode;
  return {
    document,
    arrivalMs: Number(document.arrivalTimestamp ?? Number.NaN),
    errorCode: typeof code === 'string' ? code : 'unknown',
    data: Buffer.from(document.rawData, 'base64'),
  };
}

/** The line with these parts of the record in place of all of them. */
export function withParts(record: ErrorRecord, parts: readonly Buffer[]): Buffer {
  const data = Buffer.concat(parts.flatMap((part) => [part, NEWLINE]));
  const document = {
    ...record.document,
    // It may repeat the record; what is said about all of its parts need not be true of these.
    errorMessage: 'part of the record; the rest was deleted or delivered',
    rawData: data.toString('base64'),
  };
  return Buffer.from(`${JSON.stringify(document)}\n`);
}

const NEWLINE = Buffer.from('\n');
const [LF, QUOTE, BACKSLASH, OPEN, CLOSE] = [0x0a, 0x22, 0x5c, 0x7b, 0x7d];

/**
 * The events of a record, without blanks around them: one on a line, or several objects on one line, as Firehose takes
 * both. Text that is no JSON stays together up to the end of its line.
 */
export function partsOf(data: Buffer): readonly Buffer[] {
  const parts: Buffer[] = [];
  for (let from = 0; from < data.length; ) {
    if (isBlank(data[from])) {
      from += 1;
      continue;
    }
    const newline = data.indexOf(LF, from);
    const endOfLine = newline === -1 ? data.length : newline;
    const to = (data[from] === OPEN ? endOfObject(data, from) : undefined) ?? endOfLine;
    parts.push(trimmedEnd(data.subarray(from, to)));
    from = to;
  }
  return parts;
}

/** Behind the brace that closes the object; undefined where none does, or where a text runs over the end of its line. */
function endOfObject(data: Buffer, start: number): number | undefined {
  let depth = 0;
  let inText = false;
  for (let at = start; at < data.length; at += 1) {
    const byte = data[at];
    if (inText) {
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) inText = false;
      else if (byte === LF) return undefined;
    } else if (byte === QUOTE) inText = true;
    else if (byte === OPEN) depth += 1;
    else if (byte === CLOSE) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return undefined;
}

const isBlank = (byte: number | undefined): boolean =>
  byte === LF || byte === 0x20 || byte === 0x09 || byte === 0x0d;

function trimmedEnd(part: Buffer): Buffer {
  let to = part.length;
  while (to > 0 && isBlank(part[to - 1])) to -= 1;
  return part.subarray(0, to);
}
