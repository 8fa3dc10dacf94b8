/**
 * The day by minute. For the keyboard, the chart is a slider: arrows move by a minute, Page Up and Page Down
 * by a quarter of an hour. A list has the same runs, for screen readers and exact times.
 */
import type { TimelineReport, TimelineRun } from '@kinetrack/schema';
import type { Palette } from '../charts/palette.ts';
import { TimelineChart } from '../charts/timeline-chart.tsx';
import { formatClock, formatDuration, minuteOfDay, utcOfMinute } from '../format.ts';
import { type RunState, STATE_WORDS, windowWords } from '../words.ts';
import { MinutePanel } from './minute-panel.tsx';

const LEGEND: readonly RunState[] = ['productive', 'non_productive', 'unknown', 'not_observed'];
const PAGE_MINUTES = 15;

export interface TimelineProps {
  readonly timeline: TimelineReport;
  readonly palette: Palette;
  /** UTC start of the selected minute. */
  readonly selected: string | undefined;
  onSelect(minute: string | undefined): void;
}

export function Timeline({ timeline, palette, selected, onSelect }: TimelineProps) {
  const { runs, utc_offset_min: offset, date } = timeline;
  const first = runs[0];
  const last = runs.at(-1);
  if (first === undefined || last === undefined) return null;
  const from = minuteOfDay(first.from, offset, date);
  const to = minuteOfDay(last.to, offset, date) - 1;
  const current = selected === undefined ? undefined : minuteOfDay(selected, offset, date);
  const select = (minute: number) =>
    onSelect(utcOfMinute(Math.min(to, Math.max(from, minute)), offset, date));

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      onSelect(undefined);
      return;
    }
    const target = keyTarget(event.key, current, from, to);
    if (target === undefined) return;
    event.preventDefault();
    select(target);
  };

  return (
    <section class="panel timeline" aria-labelledby="timeline-title">
      <div class="panel-head">
        <h2 id="timeline-title">Timeline</h2>
        <Legend runs={runs} />
      </div>
      <div
        class="timeline-slider"
        data-testid="timeline"
        role="slider"
        tabIndex={0}
        aria-label="Minute of the day"
        aria-valuemin={from}
        aria-valuemax={to}
        aria-valuenow={current ?? from}
        aria-valuetext={valueText(runs, selected, offset)}
        onKeyDown={onKeyDown}
      >
        <TimelineChart timeline={timeline} palette={palette} selected={current} onSelect={select} />
      </div>
      {selected === undefined ? (
        <p class="hint">
          Select a minute with the mouse or the arrow keys to see the reason for its verdict.
        </p>
      ) : (
        <MinutePanel
          user={timeline.user}
          minute={selected}
          offsetMin={offset}
          onStep={(by) => select((current ?? from) + by)}
          onClose={() => onSelect(undefined)}
        />
      )}
      <RunList runs={runs} offset={offset} onSelect={onSelect} />
    </section>
  );
}

function Legend({ runs }: { readonly runs: readonly TimelineRun[] }) {
  return (
    <ul class="legend">
      {LEGEND.filter((state) => runs.some((run) => run.state === state)).map((state) => (
        <li key={state}>
          <span class={`swatch ${state.replace('_', '-')}`} aria-hidden="true" />
          {STATE_WORDS[state]}
        </li>
      ))}
    </ul>
  );
}

interface RunListProps {
  readonly runs: readonly TimelineRun[];
  readonly offset: number;
  onSelect(minute: string): void;
}

function RunList({ runs, offset, onSelect }: RunListProps) {
  return (
    <details class="as-list">
      <summary>Show as a list</summary>
      <div class="table-box">
        <table data-testid="timeline-list">
          <thead>
            <tr>
              <th scope="col">From</th>
              <th scope="col">To</th>
              <th scope="col">Verdict</th>
              <th scope="col">Application</th>
              <th scope="col" class="number-cell">
                Observed
              </th>
            </tr>
          </thead>
          <tbody>
            {runs.map((run) => (
              <tr key={run.from} data-state={run.state}>
                <td>
                  <button type="button" class="link" onClick={() => onSelect(run.from)}>
                    {formatClock(run.from, offset)}
                  </button>
                </td>
                <td>{formatClock(run.to, offset)}</td>
                <td class="nowrap">
                  <span class={`swatch ${run.state.replace('_', '-')}`} aria-hidden="true" />
                  {STATE_WORDS[run.state]}
                </td>
                <td>{run.state === 'not_observed' ? '' : windowWords(run.app, run.site)}</td>
                <td class="number-cell">{formatDuration(run.observed_s)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function keyTarget(key: string, current: number | undefined, from: number, to: number): number | undefined {
  const at = current ?? from;
  switch (key) {
    case 'Enter':
    case ' ':
      return at;
    case 'ArrowRight':
    case 'ArrowUp':
      return current === undefined ? from : at + 1;
    case 'ArrowLeft':
    case 'ArrowDown':
      return current === undefined ? to : at - 1;
    case 'PageUp':
      return at + PAGE_MINUTES;
    case 'PageDown':
      return at - PAGE_MINUTES;
    case 'Home':
      return from;
    case 'End':
      return to;
    default:
      return undefined;
  }
}

function valueText(runs: readonly TimelineRun[], selected: string | undefined, offset: number): string {
  if (selected === undefined) return 'No minute selected';
  const run = runs.find(({ from, to }) => from <= selected && selected < to);
  const state = STATE_WORDS[run?.state ?? 'not_observed'];
  const where =
    run === undefined || run.state === 'not_observed' ? '' : `, ${windowWords(run.app, run.site)}`;
  return `${formatClock(selected, offset)}, ${state}${where}`;
}
