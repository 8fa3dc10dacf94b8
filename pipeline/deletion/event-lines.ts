/**
 * Finds the lines of deleted people in raw and error objects. Nearly all lines belong to other people,
 * so a line is parsed only if it contains the ID of a deleted person. All other lines are skipped by a
 * byte search.
 */
import { isActivityType, isRecord, parseJson, type RemovedCounts } from '@kinetrack/schema';
import { errorRecordOf, withParts } from '../lake/error-records.ts';
import { splitJson } from '../lake/split-json.ts';
import type { EditLine } from './scrub.ts';

/** Whether an event must be deleted. `tsMs` is NaN if the event has no valid time. */
type MustDelete = (userId: string, tsMs: number) => boolean;

export type LineKind = keyof RemovedCounts['events'];

const NAME = Buffer.from('"user_id"');
const [SPACE, TAB, QUOTE, COLON, BACKSLASH] = [0x20, 0x09, 0x22, 0x3a, 0x5c];

export class EventLines {
  readonly #mustDelete: MustDelete;
  readonly #mayDelete: (userId: string) => boolean;
  /** By the bytes of the ID in the line, as latin1: whether the line must be parsed. */
  readonly #known = new Map<string, boolean>();

  /** `mayDelete`: whether any event of this person must be deleted. Called once per person. */
  constructor(options: { readonly mustDelete: MustDelete; readonly mayDelete: (userId: string) => boolean }) {
    this.#mustDelete = options.mustDelete;
    this.#mayDelete = options.mayDelete;
  }

  /**
   * The kind of a line that must be deleted, with or without its newline; undefined for other lines.
   * `arrivalMs` is used for an event without a valid time.
   */
  kindToDelete(line: Buffer, arrivalMs = Number.NaN): LineKind | undefined {
    return this.#isSuspect(line) ? this.#judge(line, arrivalMs) : undefined;
  }

  /** Escaped IDs, and lines without an ID at the expected place, are left to the parser. */
  #isSuspect(line: Buffer): boolean {
    let at = line.indexOf(NAME);
    if (at === -1) return line.includes(BACKSLASH);
    for (; at !== -1; at = line.indexOf(NAME, at + NAME.length)) {
      const start = startOfText(line, at + NAME.length);
      if (start === undefined) continue;
      const end = line.indexOf(QUOTE, start);
      if (end === -1) return true;
      const raw = line.toString('latin1', start, end);
      if (raw.includes('\\')) return true;
      let suspect = this.#known.get(raw);
      if (suspect === undefined) {
        suspect = this.#mayDelete(line.toString('utf8', start, end));
        if (this.#known.size >= MAX_KNOWN) this.#known.clear();
        this.#known.set(raw, suspect);
      }
      if (suspect) return true;
    }
    return false;
  }

  #judge(line: Buffer, arrivalMs: number): LineKind | undefined {
    const value = parsed(line);
    if (value === undefined) {
      // A truncated line is unusable. It is deleted if it contains the ID of a deleted person.
      return this.#namesSomebody(line, arrivalMs) ? 'unreadable' : undefined;
    }
    const { user_id: userId, ts, activity_type: type } = value;
    if (typeof userId !== 'string') return undefined;
    const tsMs = typeof ts === 'string' ? Date.parse(ts) : Number.NaN;
    if (!this.#mustDelete(userId, Number.isNaN(tsMs) ? arrivalMs : tsMs)) return undefined;
    return isActivityType(type) ? type : 'unreadable';
  }

  #namesSomebody(line: Buffer, arrivalMs: number): boolean {
    for (const [, json = ''] of line.toString('utf8').matchAll(/"user_id"\s*:\s*("(?:[^"\\]|\\.)*")/g)) {
      const userId = parseJson(json);
      if (typeof userId === 'string' && this.#mustDelete(userId, arrivalMs)) return true;
    }
    return false;
  }
}

/** IDs are short: this many take a few MB. */
const MAX_KNOWN = 200_000;

/** Position after the opening quote; undefined if the value is not a string. */
function startOfText(line: Buffer, from: number): number | undefined {
  let at = skipBlanks(line, from);
  if (line[at] !== COLON) return undefined;
  at = skipBlanks(line, at + 1);
  return line[at] === QUOTE ? at + 1 : undefined;
}

function skipBlanks(line: Buffer, from: number): number {
  let at = from;
  while (line[at] === SPACE || line[at] === TAB) at += 1;
  return at;
}

function parsed(line: Buffer): Readonly<Record<string, unknown>> | undefined {
  const value = parseJson(line.toString('utf8'));
  return isRecord(value) ? value : undefined;
}

export const editRawLine =
  (lines: EventLines): EditLine =>
  (line) =>
    lines.kindToDelete(line) === undefined ? line : undefined;

/**
 * Edits an error record: keeps the events of other people. An event without a time has the time of
 * arrival of the record.
 */
export const editErrorLine =
  (lines: EventLines): EditLine =>
  (line) => {
    const record = errorRecordOf(line);
    if (record === undefined) return lines.kindToDelete(line) === undefined ? line : undefined;
    const parts = splitJson(record.data);
    const kept = parts.filter((part) => lines.kindToDelete(part, record.arrivalMs) === undefined);
    if (kept.length === parts.length) return line;
    return kept.length === 0 ? undefined : withParts(record, kept);
  };
