/** The dashboard: header, figures of a day, trend. */
import type { DaySummary } from '@kinetrack/schema';
import { useCallback, useMemo, useState } from 'preact/hooks';
import type { ApiFailure } from './api-client.ts';
import { paletteOf } from './charts/palette.ts';
import { Applications } from './components/applications.tsx';
import { Cards } from './components/cards.tsx';
import { Header } from './components/header.tsx';
import { Icon } from './components/icons.tsx';
import { StatusBanner } from './components/status-banner.tsx';
import { Timeline } from './components/timeline.tsx';
import { Trend } from './components/trend.tsx';
import { formatClock, formatLongDate } from './format.ts';
import type { Person } from './sign-in/sign-in.ts';
import { CLOUD_REFRESH, type Day, LOCAL_REFRESH, useDay } from './use-day.ts';
import { type Selection, useSelection } from './use-selection.ts';
import { useTheme } from './use-theme.ts';

interface DashboardProps {
  /** The signed-in person; undefined for a dashboard of this computer. */
  readonly person: Person | undefined;
}

export function Dashboard({ person }: DashboardProps) {
  const [selection, setSelection] = useSelection();
  const refresh = person === undefined ? LOCAL_REFRESH : CLOUD_REFRESH;
  const { day, failure, busy, retry } = useDay(selection, refresh);
  const [theme, toggleTheme] = useTheme();
  const palette = useMemo(() => paletteOf(theme), [theme]);
  const select = useCallback((next: Selection) => setSelection(next), [setSelection]);
  return (
    <div class="page">
      <Header
        summary={day?.summary}
        users={day?.users}
        theme={theme}
        person={person}
        onSelectDay={select}
        onToggleTheme={toggleTheme}
      />
      <main aria-busy={busy} class={busy && day !== undefined ? 'stale' : undefined}>
        {failure !== undefined && (
          <Failure failure={failure} person={person} retryMs={refresh.retryMs} onRetry={retry} />
        )}
        {day === undefined ? (
          failure === undefined && <p class="loading">Loading the day …</p>
        ) : (
          <Loaded day={day} palette={palette} isRemote={person !== undefined} onSelectDay={select} />
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
  /** The data comes from other computers. */
  readonly isRemote: boolean;
  onSelectDay(selection: Selection): void;
}

function Loaded({ day, palette, isRemote, onSelectDay }: LoadedProps) {
  const { summary, timeline, apps, daily, status, users } = day;
  const { user, date } = summary;
  // A selected minute belongs to its day. Another day starts without a selection.
  const [selection, setSelection] = useState<{ readonly day: string; readonly minute: string }>();
  const shownDay = `${user} ${date}`;
  const selected = selection?.day === shownDay ? selection.minute : undefined;
  return (
    <>
      <div class="title">
        <h1>{formatLongDate(date)}</h1>
        <p class="muted" data-testid="day-note">
          {dayNote(summary, isRemote)}
        </p>
      </div>
      {isRemote ? (
        status.note !== null && <p class="muted small">{status.note}</p>
      ) : (
        <StatusBanner status={status} offsetMin={summary.utc_offset_min} today={summary.today} />
      )}
      {summary.observed_s === 0 ? (
        <Empty
          summary={summary}
          words={emptyWords(summary, status, isRemote, users)}
          onSelectDay={onSelectDay}
        />
      ) : (
        <>
          <Cards summary={summary} />
          <Timeline
            timeline={timeline}
            palette={palette}
            selected={selected}
            onSelect={(minute) => setSelection(minute === undefined ? undefined : { day: shownDay, minute })}
          />
        </>
      )}
      <div class="columns">
        {apps.apps.length > 0 && <Applications {...apps} />}
        {summary.last_date !== null && (
          <Trend daily={daily} palette={palette} onSelect={(to) => onSelectDay({ user, date: to })} />
        )}
      </div>
    </>
  );
}

function dayNote(summary: DaySummary, isRemote: boolean): string {
  const { is_today, date, last_date, completeness, utc_offset_min } = summary;
  if (is_today && isRemote && completeness !== null) {
    const until = formatClock(completeness.to, utc_offset_min);
    return `Today, up to ${until}. Figures are delayed by about ten minutes.`;
  }
  if (is_today) return 'Today';
  return date === last_date ? 'Latest day with data. No data for today yet.' : '';
}

interface EmptyProps {
  readonly summary: DaySummary;
  readonly words: readonly [title: string, text: string];
  onSelectDay(selection: Selection): void;
}

function Empty({ summary: { user, last_date }, words: [title, text], onSelectDay }: EmptyProps) {
  return (
    <section class="panel empty" data-testid="empty">
      <h2>{title}</h2>
      <p>{text}</p>
      {last_date !== null && (
        <button type="button" class="button" onClick={() => onSelectDay({ user, date: undefined })}>
          Show the latest day with data
        </button>
      )}
    </section>
  );
}

interface FailureProps {
  readonly failure: ApiFailure;
  readonly person: Person | undefined;
  /** Interval of automatic retries. */
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
        // If the sign-in page is unreachable, the retry shows the reason.
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
  isRemote: boolean,
  { users, default_user }: Day['users'],
): readonly [title: string, text: string] {
  if (isRemote && last_date === null && users.length > 0 && !users.includes(default_user)) {
    return [
      'No data for your user ID',
      'Choose a person above. Your own figures appear once a computer sends events with your user ID.',
    ];
  }
  if (isToday && isRemote) {
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
