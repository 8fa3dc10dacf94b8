/** Bars of seven days, stacked by state. */
import type { DailyReport } from '@kinetrack/schema';
import { useMemo } from 'preact/hooks';
import { formatDayAndMonth, formatDuration, formatShortDate } from '../format.ts';
import { type RunState, STATE_WORDS } from '../words.ts';
import { Chart, type ChartOption, tooltipOf } from './chart.tsx';
import type { Palette } from './palette.ts';

const MINUTE_S = 60;
const HOUR_S = 3600;

const SERIES = [
  { state: 'productive', field: 'productive_s' },
  { state: 'non_productive', field: 'non_productive_s' },
  { state: 'unknown', field: 'unknown_s' },
] as const satisfies readonly { readonly state: RunState; readonly field: string }[];

export interface TrendChartProps {
  readonly daily: DailyReport;
  readonly palette: Palette;
  onSelect(date: string): void;
}

export function TrendChart({ daily, palette, onSelect }: TrendChartProps) {
  const option = useMemo(() => optionOf(daily, palette), [daily, palette]);
  const pick = (x: number) => {
    const day = daily.days[Math.round(x)];
    if (day !== undefined) onSelect(day.date);
  };
  return <Chart class="chart trend-chart" option={option} onClick={pick} />;
}

function optionOf({ days, to }: DailyReport, palette: Palette): ChartOption {
  const label = { fontFamily: palette.font, fontSize: 12 };
  const longestS = Math.max(0, ...days.map(({ observed_s }) => observed_s));
  const unit = longestS < HOUR_S ? { seconds: MINUTE_S, name: 'min' } : { seconds: HOUR_S, name: 'h' };
  const longest = longestS / unit.seconds;
  const step = Math.max(1, Math.ceil(longest / 4));
  return {
    animation: false,
    grid: { left: 44, right: 4, top: 10, bottom: 26, outerBoundsMode: 'none' },
    xAxis: {
      type: 'category',
      data: days.map(({ date }) => formatShortDate(date)),
      axisLabel: {
        ...label,
        interval: 0,
        hideOverlap: true,
        color: (_text, index) => (days[index ?? -1]?.date === to ? palette.text : palette.muted),
      },
      axisLine: { lineStyle: { color: palette.line } },
      axisTick: { show: false },
    },
    yAxis: {
      type: 'value',
      // A multiple of the step, so that all steps have the same height.
      interval: step,
      max: Math.max(1, Math.ceil(longest / step)) * step,
      axisLabel: { ...label, color: palette.muted, formatter: (value: number) => `${value} ${unit.name}` },
      splitLine: { lineStyle: { color: palette.line, opacity: 0.6 } },
    },
    tooltip: {
      ...tooltipOf(palette),
      trigger: 'axis',
      axisPointer: { type: 'shadow', shadowStyle: { color: palette.muted, opacity: 0.1 } },
      formatter: (params) => {
        const day = days[(Array.isArray(params) ? params[0] : params)?.dataIndex ?? -1];
        if (day === undefined) return '';
        if (day.observed_s === 0) return `${formatDayAndMonth(day.date)}\nNo data`;
        const lines = SERIES.filter(({ field }) => day[field] > 0).map(
          ({ state, field }) => `${STATE_WORDS[state]}: ${formatDuration(day[field])}`,
        );
        return [formatDayAndMonth(day.date), ...lines].join('\n');
      },
    },
    series: SERIES.map(({ state, field }) => ({
      type: 'bar',
      stack: 'day',
      barWidth: '56%',
      itemStyle: { color: palette.states[state], borderColor: palette.surface, borderWidth: 0.5 },
      data: days.map((day) => day[field] / unit.seconds),
    })),
  };
}
