/** Four figures of the day, and its coverage. */
import type { DaySummary } from '@kinetrack/schema';
import type { ComponentChildren } from 'preact';
import { formatClock, formatDuration, formatNumber, formatShare } from '../format.ts';

export function Cards({ summary }: { readonly summary: DaySummary }) {
  const { observed_s, productive_s, non_productive_s, unknown_s, completeness, utc_offset_min } = summary;
  const ofObserved = (seconds: number) => `${formatShare(seconds, observed_s)} of the observed time`;
  return (
    <section class="cards" aria-label="Figures of the day">
      <Card
        name="productive"
        label="Productive"
        value={formatDuration(productive_s)}
        seconds={productive_s}
        meter={{ share: ratio(productive_s, observed_s), className: 'productive' }}
        note={ofObserved(productive_s)}
      />
      <Card
        name="non-productive"
        label="Non-productive"
        value={formatDuration(non_productive_s)}
        seconds={non_productive_s}
        meter={{ share: ratio(non_productive_s, observed_s), className: 'non-productive' }}
        note={ofObserved(non_productive_s)}
      />
      <Card
        name="observed"
        label="Observed"
        value={formatDuration(observed_s)}
        seconds={observed_s}
        meter={{ share: completeness?.ratio ?? 0, className: 'observed' }}
        note={
          <>
            {completeness !== null && (
              <span
                data-testid="completeness"
                data-ratio={completeness.ratio}
                title={completeness.explanation}
              >
                {formatShare(completeness.covered_s, completeness.span_s)} of{' '}
                {formatClock(completeness.from, utc_offset_min)} to{' '}
                {formatClock(completeness.to, utc_offset_min)}
              </span>
            )}
            {unknown_s > 0 && (
              <span data-testid="unknown" data-seconds={unknown_s}>
                {formatDuration(unknown_s)} without a verdict
              </span>
            )}
          </>
        }
      />
      <Card
        name="input"
        label="Key presses"
        value={formatNumber(summary.keys)}
        note={
          <>
            <span data-testid="clicks" data-count={summary.clicks}>
              {formatNumber(summary.clicks)} clicks
            </span>
            <span>{formatNumber(summary.scrolls)} scroll steps</span>
          </>
        }
      />
    </section>
  );
}

interface CardProps {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly seconds?: number;
  readonly meter?: { readonly share: number; readonly className: string };
  readonly note: ComponentChildren;
}

function Card({ name, label, value, seconds, meter, note }: CardProps) {
  return (
    <article class="card" data-testid={`card-${name}`} data-seconds={seconds}>
      <h2>
        {meter !== undefined && <span class={`swatch ${meter.className}`} aria-hidden="true" />}
        {label}
      </h2>
      <p class="figure">{splitUnits(value)}</p>
      {meter !== undefined && (
        <div class="meter" aria-hidden="true">
          <div class={`meter-fill ${meter.className}`} style={{ width: `${meter.share * 100}%` }} />
        </div>
      )}
      <p class="note">{note}</p>
    </article>
  );
}

/** Large numbers, small units: `6 h 21 min`. */
function splitUnits(value: string): ComponentChildren {
  return value.split(' ').map((part, index) => (
    <span key={part + String(index)} class={/^[a-z]+$/.test(part) ? 'unit' : 'number'}>
      {index > 0 && ' '}
      {part}
    </span>
  ));
}

const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
