/** Formats a verification: a table, then one sentence per finding. */
import { formatRows } from '../format-rows.ts';
import type { Counted, DeviceCompleteness, SeqRange, Verification } from './device-completeness.ts';

/** Longer lists would hide the table. `--json` lists all. */
const SHOWN_RANGES = 10;
const SHOWN_OBJECTS = 10;

/** The result ends with a newline. */
export function describeVerification(
  verification: Verification,
  options: { readonly fromFirst: boolean },
): string {
  const { devices } = verification;
  const lines: string[] = [];
  if (devices.length > 0) lines.push(tableOf(devices));
  for (const device of devices) lines.push(...sentencesOn(device, options.fromFirst));
  lines.push(...sentencesOnObjects(verification), conclusion(verification));
  const copies = devices.reduce((sum, { duplicated }) => sum + duplicated.events, 0);
  if (copies > 0) {
    lines.push(`${plural(copies, 'duplicate event')}: each event counts once, so no figure changes.`);
  }
  if (devices.length > 0) {
    lines.push(
      'This check cannot see events after the last one in the lake. `kinetrack status` on the device shows pending events.',
    );
  }
  return `${lines.join('\n')}\n`;
}

const COLUMNS = [
  ...['device', 'first', 'last', 'present', 'missing', 'dropped', 'copies'],
  ...['from (UTC)', 'to (UTC)'],
];

function tableOf(devices: readonly DeviceCompleteness[]): string {
  const rows = devices.map((device) => [
    device.device_id,
    device.first_seq,
    device.last_seq,
    device.present.events,
    device.missing.events,
    device.reported_dropped.events,
    device.duplicated.events,
    minuteOf(device.first_ts),
    minuteOf(device.last_ts),
  ]);
  // The row count below the table is redundant.
  return formatRows({ columns: COLUMNS, rows }, 'table').replace(/\(\d+ rows?\)\n$/, '');
}

function sentencesOn(device: DeviceCompleteness, fromFirst: boolean): readonly string[] {
  const { missing, reused, reported_dropped, before_lake } = device;
  const found: string[] = [];
  if (missing.events > 0) {
    found.push(`${numbered(missing)} missing without explanation:`);
    found.push(
      ...listed(
        missing.ranges,
        (gap) => `  ${rangeText(gap)}, about ${minuteOf(gap.about_from_ts)} to ${minuteOf(gap.about_to_ts)}`,
      ),
    );
  }
  if (reused.events > 0) {
    found.push(
      `${plural(reused.events, 'different event')} with a number already used: ${rangesText(reused)}. ` +
        'Two computers share this device ID, for example after copying a data directory. Empty the data directory of one.',
    );
  }
  if (before_lake.events > 0) {
    found.push(
      fromFirst
        ? `${numbered(before_lake)} missing before the first event in the lake: ${rangesText(before_lake)}.`
        : `Events before number ${device.first_seq} are not in the lake: they expired or never arrived. ` +
            'Count them as missing with --from-first.',
    );
  }
  for (const [reason, ranges] of byReason(reported_dropped.ranges)) {
    const dropped = { events: sizeOf(ranges), ranges };
    found.push(`${numbered(dropped)} reported by the device as dropped (${reason}): ${rangesText(dropped)}.`);
  }
  return found.length === 0 ? [] : [`Device ${device.device_id}`, ...found.map((line) => `  ${line}`), ''];
}

function sentencesOnObjects({
  damaged_objects: damaged,
  error_objects: errors,
}: Verification): readonly string[] {
  const lines: string[] = [];
  if (damaged.length > 0) {
    lines.push(`${plural(damaged.length, 'object')} cannot be read, so their events are not counted:`);
    lines.push(...listed(damaged, (key) => `  ${key}`, SHOWN_OBJECTS));
  }
  if (errors > 0) {
    lines.push(
      `${plural(errors, 'object')} in errors/ with undelivered records, which can contain missing events.`,
    );
  }
  return lines;
}

function conclusion({ complete, devices, error_objects: errors }: Verification): string {
  if (devices.length === 0) {
    return errors === 0
      ? 'The lake has no events.'
      : 'Incomplete: the lake has no events, and some records could not be delivered.';
  }
  const of = plural(devices.length, 'device');
  return complete
    ? `Complete: ${of}, no unexplained gap between the first and the last event.`
    : `Incomplete: ${of}, with unexplained findings.`;
}

const byReason = (
  ranges: DeviceCompleteness['reported_dropped']['ranges'],
): ReadonlyMap<string, readonly SeqRange[]> => {
  const reasons = new Map<string, SeqRange[]>();
  for (const range of ranges) reasons.set(range.reason, [...(reasons.get(range.reason) ?? []), range]);
  return reasons;
};

const sizeOf = (ranges: readonly SeqRange[]): number =>
  ranges.reduce((sum, { from_seq, to_seq }) => sum + to_seq - from_seq + 1, 0);

/** `41-56`, `57` */
const rangeText = ({ from_seq, to_seq }: SeqRange): string =>
  from_seq === to_seq ? String(from_seq) : `${from_seq}-${to_seq}`;

const rangesText = ({ ranges }: Counted): string => listed(ranges, rangeText).join(', ').trimEnd();

function listed<T>(
  items: readonly T[],
  textOf: (item: T) => string,
  shown = SHOWN_RANGES,
): readonly string[] {
  const texts = items.slice(0, shown).map(textOf);
  return items.length > shown ? [...texts, `... and ${items.length - shown} more (--json)`] : texts;
}

/** `2026-11-20 09:10` */
const minuteOf = (ts: string): string => ts.slice(0, 16).replace('T', ' ');

const numbered = ({ events }: Counted): string => `${plural(events, 'event')} ${events === 1 ? 'is' : 'are'}`;

const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;
