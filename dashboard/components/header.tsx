/** Selection of person and date, theme and account. */
import type { DaySummary, UsersReport } from '@kinetrack/schema';
import { shiftDate } from '../format.ts';
import type { Person } from '../sign-in/sign-in.ts';
import type { Selection } from '../use-selection.ts';
import type { Theme } from '../use-theme.ts';
import { Icon } from './icons.tsx';

export interface HeaderProps {
  readonly summary: DaySummary | undefined;
  readonly users: UsersReport | undefined;
  readonly theme: Theme;
  /** The signed-in person; undefined for a dashboard of this computer. */
  readonly person: Person | undefined;
  onSelectDay(selection: Selection): void;
  onToggleTheme(): void;
}

export function Header({ summary, users, theme, person, onSelectDay, onToggleTheme }: HeaderProps) {
  const people = users === undefined ? [] : selectablePeople(users);
  const other = theme === 'dark' ? 'light' : 'dark';
  return (
    <header class="top">
      <div class="brand">
        <img src="/favicon.svg" alt="" width="32" height="32" />
        <span>Kinetrack</span>
      </div>
      <div class="controls">
        {people.length > 1 && (
          <label class="field">
            <span class="visually-hidden">Person</span>
            <select
              data-testid="person"
              value={summary?.user}
              onChange={(event) => onSelectDay({ user: event.currentTarget.value, date: undefined })}
            >
              {people.map((user) => (
                <option key={user} value={user}>
                  {user}
                </option>
              ))}
            </select>
          </label>
        )}
        {summary !== undefined && <DateControls summary={summary} onSelectDay={onSelectDay} />}
      </div>
      <button
        type="button"
        class="icon-button theme"
        data-testid="theme"
        aria-label={`Switch to ${other} colours`}
        onClick={onToggleTheme}
      >
        <Icon name={theme === 'dark' ? 'sun' : 'moon'} />
      </button>
      {person !== undefined && (
        <div class="account">
          <span class="account-name" data-testid="signed-in" title={person.name}>
            {person.name}
          </span>
          <button type="button" class="button" onClick={() => void person.signOut()}>
            Sign out
          </button>
        </div>
      )}
    </header>
  );
}

/** Includes the user without own data, such as an administrator whose computer records nothing. */
const selectablePeople = ({ users, default_user }: UsersReport): readonly string[] =>
  users.includes(default_user) ? users : [default_user, ...users];

function DateControls({
  summary,
  onSelectDay,
}: {
  summary: DaySummary;
  onSelectDay(selection: Selection): void;
}) {
  const { user, date, today, first_date } = summary;
  const latest = summary.last_date !== null && summary.last_date > today ? summary.last_date : today;
  const go = (to: string) => onSelectDay({ user, date: to });
  return (
    <div class="dates">
      <button
        type="button"
        class="icon-button"
        aria-label="Previous day"
        disabled={first_date === null || date <= first_date}
        onClick={() => go(shiftDate(date, -1))}
      >
        <Icon name="previous" />
      </button>
      <label class="field">
        <span class="visually-hidden">Date</span>
        <input
          type="date"
          data-testid="date"
          value={date}
          min={first_date ?? undefined}
          max={latest}
          // Ignore an empty or incomplete date.
          onChange={(event) =>
            event.currentTarget.validity.valid &&
            event.currentTarget.value !== '' &&
            go(event.currentTarget.value)
          }
        />
      </label>
      <button
        type="button"
        class="icon-button"
        aria-label="Next day"
        disabled={date >= latest}
        onClick={() => go(shiftDate(date, 1))}
      >
        <Icon name="next" />
      </button>
      <button
        type="button"
        class="button"
        disabled={summary.is_today}
        onClick={() => onSelectDay({ user, date: today })}
      >
        Today
      </button>
    </div>
  );
}
