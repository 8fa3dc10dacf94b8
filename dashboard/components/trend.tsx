/** The seven days up to the selected one, as a chart and a table. */
import type { DailyReport } from '@kinetrack/schema';
import type { Palette } from '../charts/palette.ts';
import { TrendChart } from '../charts/trend-chart.tsx';
import { formatDayAndMonth, formatDuration, formatShortDate } from '../format.ts';

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
      <table class="trend-table" data-testid="trend">
        <caption class="visually-hidden">Observed time of seven days</caption>
        <thead>
          <tr>
            <th scope="col">Day</th>
            <th scope="col" class="number-cell">
              Observed
            </th>
            <th scope="col" class="number-cell">
              Productive
            </th>
            <th scope="col" class="number-cell">
              Non-productive
            </th>
          </tr>
        </thead>
        <tbody>
          {daily.days.map((day) => (
            <tr key={day.date} data-date={day.date} data-seconds={day.observed_s}>
              <th scope="row">
                {day.date === daily.to ? (
                  <strong>{formatShortDate(day.date)}</strong>
                ) : (
                  <button
                    type="button"
                    class="link"
                    aria-label={formatDayAndMonth(day.date)}
                    onClick={() => onSelect(day.date)}
                  >
                    {formatShortDate(day.date)}
                  </button>
                )}
              </th>
              <Duration seconds={day.observed_s} />
              <Duration seconds={day.productive_s} />
              <Duration seconds={day.non_productive_s} />
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Duration({ seconds }: { readonly seconds: number }) {
  return (
    <td class="number-cell">{seconds === 0 ? <span class="muted">–</span> : formatDuration(seconds)}</td>
  );
}
