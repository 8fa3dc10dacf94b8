/** Time per application and site, with a bar by state. */
import type { AppsReport, AppUse } from '@kinetrack/schema';
import { useState } from 'preact/hooks';
import { formatDuration, formatShare } from '../format.ts';
import { appWords, STATE_WORDS } from '../words.ts';

const FIRST_SHOWN = 8;
/** A button that hides only one or two rows saves no space. */
const MIN_HIDDEN = 3;
type Use = Pick<AppUse, 'observed_s' | 'productive_s' | 'non_productive_s' | 'unknown_s'>;

export function Applications({ apps, observed_s }: AppsReport) {
  const [all, setAll] = useState(false);
  const folds = apps.length >= FIRST_SHOWN + MIN_HIDDEN;
  const shown = all || !folds ? apps : apps.slice(0, FIRST_SHOWN);
  const longest = apps[0]?.observed_s ?? 0;
  return (
    <section class="panel applications" aria-labelledby="applications-title">
      <h2 id="applications-title">Applications</h2>
      <ul class="apps" data-testid="apps">
        {shown.map((use) => (
          <li key={use.app} class="app" data-app={use.app ?? ''} data-seconds={use.observed_s}>
            <Row name={appWords(use.app)} use={use} longest={longest} observed={observed_s} />
            {use.sites.length > 0 && (
              <ul class="sites">
                {use.sites.map((site) => (
                  <li key={site.site} data-site={site.site} data-seconds={site.observed_s}>
                    <Row name={site.site} use={site} longest={longest} observed={observed_s} />
                  </li>
                ))}
              </ul>
            )}
          </li>
        ))}
      </ul>
      {folds && (
        <button type="button" class="button" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? 'Show fewer' : `Show all ${apps.length} applications`}
        </button>
      )}
    </section>
  );
}

interface RowProps {
  readonly name: string;
  readonly use: Use;
  readonly longest: number;
  readonly observed: number;
}

function Row({ name, use, longest, observed }: RowProps) {
  const parts = [
    { state: 'productive', seconds: use.productive_s },
    { state: 'non_productive', seconds: use.non_productive_s },
    { state: 'unknown', seconds: use.unknown_s },
  ] as const;
  const words = parts
    .filter(({ seconds }) => seconds > 0)
    .map(({ state, seconds }) => `${STATE_WORDS[state].toLowerCase()} ${formatDuration(seconds)}`)
    .join(', ');
  return (
    <div class="use" title={words}>
      <span class="use-name">{name}</span>
      <span class="use-time">
        {formatDuration(use.observed_s)} <span class="muted">{formatShare(use.observed_s, observed)}</span>
      </span>
      <div class="use-bar" aria-hidden="true">
        {parts.map(({ state, seconds }) => (
          <div
            key={state}
            class={`use-part ${state.replace('_', '-')}`}
            style={{ width: `${longest === 0 ? 0 : (seconds / longest) * 100}%` }}
          />
        ))}
      </div>
      <span class="visually-hidden">{words}</span>
    </div>
  );
}
