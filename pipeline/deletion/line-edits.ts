/** How the lines of raw objects and of error objects are edited for somebody who is deleted. */
import { errorRecordOf, withParts } from '../lake/error-records.ts';
import { splitJson } from '../lake/split-json.ts';
import type { EventLines } from './event-lines.ts';
import type { EditLine } from './scrub-object.ts';

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
