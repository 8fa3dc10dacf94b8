/**
 * Records that Firehose could not deliver: a line of JSON each, the record itself as base64.
 * https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-error-handling.html gives no schema; fields as
 * Firehose writes them for a failed transformation, and under other names (`lastErrorCode`) for a failed conversion:
 * https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion-error-handling.html
 */
import { isRecord, parseJson } from '@kinetrack/schema';

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
