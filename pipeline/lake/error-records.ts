/**
 * Records that Firehose could not deliver: one JSON object per line, with the record in base64. AWS
 * documents no schema
 * (https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-error-handling.html). The
 * fields are those of a failed transformation, and their other names (`lastErrorCode`) in a failed
 * format conversion:
 * https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion-error-handling.html
 */
import { isRecord, parseJson } from '@kinetrack/schema';

export interface ErrorRecord {
  readonly document: Readonly<Record<string, unknown>>;
  /** ms since 1970; NaN if unknown. */
  readonly arrivalMs: number;
  readonly errorCode: string;
  readonly data: Buffer;
}

/** Parses a line; undefined if it is not an error record. */
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

/** The line of a record that keeps only these parts. */
export function withParts(record: ErrorRecord, parts: readonly Buffer[]): Buffer {
  const data = Buffer.concat(parts.flatMap((part) => [part, NEWLINE]));
  const document = {
    ...record.document,
    // The original message can contain the record, and can be wrong for the remaining parts.
    errorMessage: 'part of the record; the rest was deleted or delivered',
    rawData: data.toString('base64'),
  };
  return Buffer.from(`${JSON.stringify(document)}\n`);
}

const NEWLINE = Buffer.from('\n');
