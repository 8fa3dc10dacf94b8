/**
 * Whose line of a raw object this is. Nearly all lines are other people's: a line is parsed only where an id in it may
 * be that of somebody who is deleted, and everything else is a search for bytes.
 */

import { isActivityType, isRecord, parseJson, type RemovedCounts } from '@kinetrack/schema';
import { errorRecordOf, withParts } from '../lake/error-records.ts';
import { splitJson } from '../lake/split-json.ts';
import type { EditLine } from './scrub.ts';

/** Whether an event must go. `tsMs` is NaN where the event has no moment. */
export type MustDelete = (userId: string, tsMs: number) => boolean;

export type LineKind = keyof RemovedCounts['events'];

const NAME = Buffer.from('"user_id"');
const [SPACE, TAB, QUOTE, COLON, BACKSLASH] = [0x20, 0x09, 0x22, 0x3a, 0x5c];

export class EventLines {
  readonly #mustDelete: MustDelete;
  readonly #mayDelete: (userId: string) => boolean;
  /** By the id's bytes in the line, as latin1: whether to look closer. */
  readonly #known = new Map<string, boolean>();

  /** `mayDelete`: whether any event of this person must go; asked once per person. */
  constructor(options: { readonly mustDelete: MustDelete; readonly mayDelete: (userId: string) => boolean }) {
    this.#mustDelete = options.mustDelete;
    this.#mayDelete = options.mayDelete;
  }

  /**
   * What the line (with or without its newline) is where it must go; undefined where it stays. `arrivalMs` stands for
   * the moment of an event that has none.
   */
  kindToDelete(line: Buffer, arrivalMs = Number.NaN): LineKind | undefined {
    return this.#isSuspect(line) ? this.#judge(line, arrivalMs) : undefined;
  }

  /** Ids in escaped form, and lines without an id where it is expected, are left to the parser. */
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
      // Half a line, as damage leaves it: nobody can use it, and it names somebody who must not be named.
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

/** Ids are short; a fleet's worth of them is a few MB. */
const MAX_KNOWN = 200_000;

/** Behind the opening quote of the value; undefined where the value is no text. */
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

/** A record of several people keeps the events of the others. One that arrived before counts as that old. */
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
