/** The week up to the day. */
import type { DailyReport } from '@kinetrack/schema';
import type { Palette } from '../charts/palette.ts';
import { TrendChart } from '../charts/trend-chart.tsx';
import { formatDayAndMonth, formatDuration } from '../format.ts';

export interface TrendProps {
  readonly daily: DailyReport;
  readonly palette: Palette;
  onSelect(date: string): void;
}

export function Trend({ daily, palette, onSelect }: TrendProps) {
  return (
    <section class="panel trend" aria-labelledby="trend-title">
      <h2 id="trend-title">Seven days</h2>
      <TrendChart daily={daily} palette={palette} onSelect={onSelect} />
      <table class="visually-hidden" data-testid="trend">
        <caption>Observed time of seven days</caption>
        <thead>
          <tr>
            <th scope="col">Day</th>
            <th scope="col">Observed</th>
            <th scope="col">Productive</th>
            <th scope="col">Non-productive</th>
          </tr>
        </thead>
        <tbody>
          {daily.days.map((day) => (
            <tr key={day.date} data-date={day.date} data-seconds={day.observed_s}>
              <th scope="row">{formatDayAndMonth(day.date)}</th>
              <td>{formatDuration(day.observed_s)}</td>
              <td>{formatDuration(day.productive_s)}</td>
              <td>{formatDuration(day.non_productive_s)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
