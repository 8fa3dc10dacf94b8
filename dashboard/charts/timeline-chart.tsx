/** The day as bars. Both colour and height show the state, for users who cannot distinguish the colours. */
import type { TimelineReport, TimelineRun } from '@kinetrack/schema';
import type { CustomSeriesRenderItem } from 'echarts';
import { useMemo } from 'preact/hooks';
import { formatClock, formatDuration, minuteOfDay, utcOfMinute } from '../format.ts';
import { type RunState, STATE_WORDS, windowWords } from '../words.ts';
import { Chart, type ChartOption, tooltipOf } from './chart.tsx';
import type { Palette } from './palette.ts';

/** Narrower bars have no label. */
const LABEL_MIN_PX = 64;
const LABEL_PADDING_PX = 8;
const HEIGHTS: Record<RunState, number> = {
  productive: 1,
  non_productive: 0.62,
  unknown: 0.4,
  not_observed: 0.06,
};

export interface TimelineChartProps {
  readonly timeline: TimelineReport;
  readonly palette: Palette;
  /** Minute of the day. */
  readonly selected: number | undefined;
  onSelect(minute: number): void;
}

export function TimelineChart({ timeline, palette, selected, onSelect }: TimelineChartProps) {
  const option = useMemo(() => optionOf(timeline, palette, selected), [timeline, palette, selected]);
  return <Chart class="chart timeline-chart" option={option} onClick={(x) => onSelect(Math.floor(x))} />;
}

/** Whole hours around the observed time, so that both a single minute and a whole day are visible. */
export function axisOf({ runs, utc_offset_min, date }: TimelineReport): { from: number; to: number } {
  const first = runs[0];
  const last = runs.at(-1);
  if (first === undefined || last === undefined) return { from: 0, to: 1440 };
  const from = Math.floor(minuteOfDay(first.from, utc_offset_min, date) / 60) * 60;
  const to = Math.ceil(minuteOfDay(last.to, utc_offset_min, date) / 60) * 60;
  return { from, to: Math.max(to, from + 60) };
}

function optionOf(timeline: TimelineReport, palette: Palette, selected: number | undefined): ChartOption {
  const { runs, utc_offset_min: offset, date } = timeline;
  const axis = axisOf(timeline);
  const hours = (axis.to - axis.from) / 60;
  const bars = runs.map((run) => [minuteOfDay(run.from, offset, date), minuteOfDay(run.to, offset, date)]);
  return {
    animation: false,
    // Space for half a label at each end. Otherwise ECharts would shift the plot.
    grid: { left: 24, right: 24, top: 14, bottom: 26, outerBoundsMode: 'none' },
    xAxis: {
      type: 'value',
      min: axis.from,
      max: axis.to,
      interval: hours <= 1 ? 10 : hours <= 4 ? 30 : hours <= 12 ? 60 : 120,
      axisLabel: {
        color: palette.muted,
        fontFamily: palette.font,
        fontSize: 12,
        hideOverlap: true,
        formatter: (minute: number) => formatClock(utcOfMinute(minute, offset, date), offset),
      },
      axisLine: { show: true, lineStyle: { color: palette.line } },
      axisTick: { show: false },
      splitLine: { show: true, lineStyle: { color: palette.line, opacity: 0.6 } },
    },
    yAxis: { type: 'value', min: 0, max: 1.15, show: false },
    tooltip: {
      ...tooltipOf(palette),
      formatter: (params) => {
        const run = Array.isArray(params) ? undefined : runs[params.dataIndex];
        if (run === undefined) return '';
        const what = run.state === 'not_observed' ? [] : [windowWords(run.app, run.site)];
        const length = formatDuration((Date.parse(run.to) - Date.parse(run.from)) / 1000);
        const when = `${formatClock(run.from, offset)} to ${formatClock(run.to, offset)} (${length})`;
        return [...what, STATE_WORDS[run.state], when].join('\n');
      },
    },
    series: [
      {
        type: 'custom',
        renderItem: runRenderer(runs, palette),
        encode: { x: [0, 1] },
        data: bars,
        clip: true,
      },
      {
        type: 'custom',
        renderItem: selectionRenderer(palette),
        encode: { x: [0, 1] },
        data: selected === undefined ? [] : [[selected, selected + 1]],
        silent: true,
        z: 10,
      },
    ],
  };
}

const runRenderer =
  (runs: readonly TimelineRun[], palette: Palette): CustomSeriesRenderItem =>
  (params, api) => {
    const run = runs[params.dataIndex];
    if (run === undefined) return undefined;
    const [left = 0, top = 0] = api.coord([api.value(0), HEIGHTS[run.state]]);
    const [right = 0, bottom = 0] = api.coord([api.value(1), 0]);
    // A gap of one pixel separates neighbours of the same colour.
    const width = Math.max(right - left - (right - left > 3 ? 1 : 0), 1);
    return {
      type: 'rect',
      shape: { x: left, y: top, width, height: bottom - top, r: width > 6 ? [3, 3, 0, 0] : 0 },
      style: { fill: palette.states[run.state] },
      emphasis: { style: { opacity: 0.85 } },
      ...labelOf(run, width, palette),
    };
  };

/** The name of the site or application, truncated to the bar. */
function labelOf({ state, site, app }: TimelineRun, barWidth: number, palette: Palette) {
  // An empty string removes the label after the window shrinks: ECharts 6.1 ignores `textContent: false`.
  const text = state === 'productive' && barWidth > LABEL_MIN_PX ? (site ?? app ?? '') : '';
  const width = Math.max(0, barWidth - 2 * LABEL_PADDING_PX);
  const cut = { width, overflow: 'truncate' as const, ellipsis: '…' };
  const font = { fill: palette.surface, fontFamily: palette.font, fontSize: 12, fontWeight: 600 };
  return {
    textContent: { type: 'text' as const, style: { text, ...cut, ...font } },
    textConfig: { position: 'insideTopLeft' as const, distance: LABEL_PADDING_PX },
  };
}

const selectionRenderer =
  (palette: Palette): CustomSeriesRenderItem =>
  (_params, api) => {
    const [left = 0, top = 0] = api.coord([api.value(0), 1.1]);
    const [right = 0, bottom = 0] = api.coord([api.value(1), 0]);
    const width = Math.max(right - left, 3);
    const x = (left + right - width) / 2;
    return {
      type: 'group',
      silent: true,
      children: [
        { type: 'rect', shape: { x, y: top, width, height: bottom - top }, style: { fill: palette.text } },
        { type: 'circle', shape: { cx: x + width / 2, cy: top, r: 5 }, style: { fill: palette.text } },
      ],
    };
  };
