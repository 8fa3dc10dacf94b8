/** The page. */
import type { DaySummary } from '@kinetrack/schema';
import { useCallback, useMemo, useState } from 'preact/hooks';
import type { ApiFailure } from './api-client.ts';
import { paletteOf } from './charts/palette.ts';
import { formatClock, formatLongDate } from './format.ts';
import { Applications } from './parts/applications.tsx';
import { Cards } from './parts/cards.tsx';
import { Header } from './parts/header.tsx';
import { Icon } from './parts/icons.tsx';
import { StatusBanner } from './parts/status-banner.tsx';
import { Timeline } from './parts/timeline.tsx';
import { Trend } from './parts/trend.tsx';
import type { Person } from './sign-in/enter.ts';
import { type Choice, useChoice } from './use-choice.ts';
import { AT_HOME, type Day, IN_THE_CLOUD, useDay } from './use-day.ts';
import { useTheme } from './use-theme.ts';

interface DashboardProps {
  /** Who is signed in; undefined on one's own computer. */
  readonly person: Person | undefined;
}

export function Dashboard({ person }: DashboardProps) {
  const [choice, setChoice] = useChoice();
  const pace = person === undefined ? AT_HOME : IN_THE_CLOUD;
  const { day, failure, busy, retry } = useDay(choice, pace);
  const [theme, toggleTheme] = useTheme();
  const palette = useMemo(() => paletteOf(theme), [theme]);
  const choose = useCallback((next: Choice) => setChoice(next), [setChoice]);
  return (
    <div class="page">
      <Header
        summary={day?.summary}
        users={day?.users}
        theme={theme}
        person={person}
        onChoose={choose}
        onToggleTheme={toggleTheme}
      />
      <main aria-busy={busy} class={busy && day !== undefined ? 'stale' : undefined}>
        {failure !== undefined && (
          <Failure failure={failure} person={person} retryMs={pace.retryMs} onRetry={retry} />
        )}
        {day === undefined ? (
          failure === undefined && <p class="loading">Loading the day …</p>
        ) : (
          <Loaded day={day} palette={palette} isElsewhere={person !== undefined} onChoose={choose} />
        )}
      </main>
      <footer>
        <Icon name="lock" />
        Kinetrack counts keys and clicks. What you type is never recorded.
      </footer>
    </div>
  );
}

interface LoadedProps {
  readonly day: Day;
  readonly palette: ReturnType<typeof paletteOf>;
  /** The figures come from other computers than the one that answers. */
  readonly isElsewhere: boolean;
  onChoose(choice: Choice): void;
}

function Loaded({ day, palette, isElsewhere, onChoose }: LoadedProps) {
  const { summary, timeline, apps, daily, status, users } = day;
  const { user, date } = summary;
  // A choice belongs to the day that it was made on: another day begins without one.
  const [picked, setPicked] = useState<{ readonly of: string; readonly minute: string }>();
  const of = `${user} ${date}`;
  const selected = picked?.of === of ? picked.minute : undefined;
  return (
    <>
      <div class="title">
        <h1>{formatLongDate(date)}</h1>
        <p class="muted" data-testid="day-note">
          {dayNote(summary, isElsewhere)}
        </p>
      </div>
      {isElsewhere ? (
        status.note !== null && <p class="muted small">{status.note}</p>
      ) : (
        <StatusBanner status={status} offsetMin={summary.utc_offset_min} today={summary.today} />
      )}
      {summary.observed_s === 0 ? (
        <Empty
          summary={summary}
          words={emptyWords(summary, status, isElsewhere, users)}
          onChoose={onChoose}
        />
      ) : (
        <>
          <Cards summary={summary} />
          <Timeline
            timeline={timeline}
            palette={palette}
            selected={selected}
            onSelect={(minute) => setPicked(minute === undefined ? undefined : { of, minute })}
          />
        </>
      )}
      <div class="columns">
        {apps.apps.length > 0 && <Applications {...apps} />}
        {summary.last_date !== null && (
          <Trend daily={daily} palette={palette} onSelect={(to) => onChoose({ user, date: to })} />
        )}
      </div>
    </>
  );
}

function dayNote(summary: DaySummary, isElsewhere: boolean): string {
  const { is_today, date, last_date, completeness, utc_offset_min } = summary;
  if (is_today && isElsewhere && completeness !== null) {
    const until = formatClock(completeness.to, utc_offset_min);
    return `Today, up to ${until}. Figures are delayed by about ten minutes.`;
  }
  if (is_today) return 'Today';
  return date === last_date ? 'Latest day with data. No data for today yet.' : '';
}

interface EmptyProps {
  readonly summary: DaySummary;
  readonly words: readonly [title: string, text: string];
  onChoose(choice: Choice): void;
}

function Empty({ summary: { user, last_date }, words: [title, text], onChoose }: EmptyProps) {
  return (
    <section class="panel empty" data-testid="empty">
      <h2>{title}</h2>
      <p>{text}</p>
      {last_date !== null && (
        <button type="button" class="button" onClick={() => onChoose({ user, date: undefined })}>
          Show the latest day with data
        </button>
      )}
    </section>
  );
}

interface FailureProps {
  readonly failure: ApiFailure;
  readonly person: Person | undefined;
  /** Between attempts that the page makes by itself. */
  readonly retryMs: number;
  onRetry(): void;
}

function Failure({ failure, person, retryMs, onRetry }: FailureProps) {
  const signIn = failure.kind === 'signed_out' ? person?.signInAgain : undefined;
  return (
    <div class="failure" role="alert" data-testid="failure">
      <Icon name="alert" />
      <p>
        {failure.message}
        {failure.kind === 'unreachable' && ` The page retries every ${retryMs / 1000} seconds.`}
      </p>
      {signIn === undefined ? (
        <button type="button" class="button" onClick={onRetry}>
          Try again
        </button>
      ) : (
        // Where the sign-in page cannot be reached, asking again says so.
        <button type="button" class="button" onClick={() => void signIn().catch(onRetry)}>
          Sign in again
        </button>
      )}
    </div>
  );
}

/** Title and text for a day without data. */
function emptyWords(
  { is_today: isToday, last_date }: DaySummary,
  { recording, delivery }: Day['status'],
  isElsewhere: boolean,
  { users, default_user }: Day['users'],
): readonly [title: string, text: string] {
  if (isElsewhere && last_date === null && users.length > 0 && !users.includes(default_user)) {
    return [
      'No data for your user ID',
      'Choose a person above. Your own figures appear once a computer sends events with your user ID.',
    ];
  }
  if (isToday && isElsewhere) {
    return [
      'No data for today yet',
      'Figures are delayed by about ten minutes. This page refreshes automatically.',
    ];
  }
  if (delivery !== null && delivery.destination !== 'local') {
    return ['No data for this day on this computer', `Events are sent to ${delivery.destination}.`];
  }
  if (!isToday) {
    return ['No data for this day', 'Kinetrack was not running, or recording was paused.'];
  }
  const text =
    recording === 'recording'
      ? 'The first figures appear after about a minute. This page refreshes automatically.'
      : 'Recording is off. Start it with `kinetrack start`, or resume it.';
  return ['No data yet', text];
}
