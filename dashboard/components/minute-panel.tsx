/** Explains the verdict of a minute: rule, reason, figures and rule set. */
import type { MinuteReport, MinuteVerdict } from '@kinetrack/schema';
import { useEffect, useState } from 'preact/hooks';
import { ApiFailure } from '../api-client.ts';
import { formatClock, formatDuration } from '../format.ts';
import { useApi } from '../use-api.ts';
import { inputGroups, RULE_WORDS, STATE_WORDS, windowWords } from '../words.ts';
import { Icon } from './icons.tsx';

export interface MinutePanelProps {
  readonly user: string;
  readonly minute: string;
  readonly offsetMin: number;
  onStep(minutes: number): void;
  onClose(): void;
}

export function MinutePanel({ user, minute, offsetMin, onStep, onClose }: MinutePanelProps) {
  const { report, failure, retry } = useMinute(user, minute);
  return (
    <section class="why" aria-label="Verdict of this minute" data-testid="why" data-minute={report?.minute}>
      <div class="panel-head">
        <h3>Verdict of {formatClock(minute, offsetMin)}</h3>
        <div class="why-buttons">
          <button type="button" class="icon-button" aria-label="Previous minute" onClick={() => onStep(-1)}>
            <Icon name="previous" />
          </button>
          <button type="button" class="icon-button" aria-label="Next minute" onClick={() => onStep(1)}>
            <Icon name="next" />
          </button>
          <button type="button" class="icon-button" aria-label="Close" onClick={onClose}>
            <Icon name="close" />
          </button>
        </div>
      </div>
      <div aria-live="polite">
        {failure !== undefined && (
          <p class="failure">
            {failure.message}{' '}
            <button type="button" class="button" onClick={retry}>
              Try again
            </button>
          </p>
        )}
        {report !== undefined && failure === undefined && <Explanation report={report} />}
      </div>
    </section>
  );
}

function Explanation({ report }: { readonly report: MinuteReport }) {
  if (report.verdicts.length === 0) {
    return <p>No data for this minute: the agent was off, paused, asleep or locked.</p>;
  }
  return (
    <div class="why-body">
      <ul class="verdicts">
        {report.verdicts.map((verdict) => (
          <li
            key={verdictKey(verdict)}
            class="verdict"
            data-rule={verdict.rule}
            data-seconds={verdict.seconds}
          >
            <div class="verdict-head">
              <span class={`badge ${verdict.state.replace('_', '-')}`}>{STATE_WORDS[verdict.state]}</span>
              <strong>{windowWords(verdict.app, verdict.site)}</strong>
              <span class="muted">{formatDuration(verdict.seconds)}</span>
            </div>
            <p>{verdict.reason}</p>
            <p class="muted small">
              Rule: <span data-testid="rule">{RULE_WORDS[verdict.rule]}</span> · rule set{' '}
              {verdict.rules_version}
              {verdict.rules_version !== report.rules.version && ` (current: ${report.rules.version})`}
            </p>
          </li>
        ))}
      </ul>
      <div class="inputs">
        {distinctInputs(report.verdicts).map((verdict) => (
          <Inputs
            key={verdict.device_id}
            verdict={verdict}
            rules={verdict.rules_version === report.rules.version ? report.rules : undefined}
          />
        ))}
      </div>
    </div>
  );
}

function Inputs({ verdict, rules }: { verdict: MinuteVerdict; rules: MinuteReport['rules'] | undefined }) {
  return (
    <table data-testid="inputs">
      <caption>Figures used by the rules{observedWords(verdict)}</caption>
      <thead>
        <tr>
          <th scope="col">Figure</th>
          <th scope="col" class="number-cell">
            Value
          </th>
          {rules !== undefined && (
            <th scope="col" class="number-cell">
              Required
            </th>
          )}
        </tr>
      </thead>
      {inputGroups(verdict.inputs, rules).map((group) => (
        <tbody key={group.title}>
          <tr>
            <th scope="rowgroup" colSpan={rules === undefined ? 2 : 3} class="group">
              {group.title}
            </th>
          </tr>
          {group.lines.map((line) => (
            <tr key={line.name} data-input={line.name} data-met={line.met}>
              <th scope="row">{line.label}</th>
              <td class="number-cell">{line.value}</td>
              {rules !== undefined && (
                <td class="number-cell muted">
                  {line.required}
                  {line.required !== '' && <Mark met={line.met} />}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      ))}
    </table>
  );
}

function Mark({ met }: { readonly met: boolean }) {
  return (
    <span class={met ? 'mark met' : 'mark'}>
      {met ? <Icon name="check" /> : <span aria-hidden="true">–</span>}
      <span class="visually-hidden">{met ? ' reached' : ' not reached'}</span>
    </span>
  );
}

/** Figures cover the whole minute of a device, so all its verdicts share them. */
const distinctInputs = (verdicts: readonly MinuteVerdict[]): MinuteVerdict[] =>
  verdicts.filter(
    ({ device_id }, index) => verdicts.findIndex((other) => other.device_id === device_id) === index,
  );

function observedWords({ inputs: { observed_s } }: MinuteVerdict): string {
  return typeof observed_s === 'number' ? ` (${observed_s} s observed)` : '';
}

const verdictKey = ({ device_id, app, site, rule }: MinuteVerdict): string =>
  JSON.stringify([device_id, app, site, rule]);

/** Keeps the previous minute visible until the next one is loaded. */
function useMinute(user: string, minute: string) {
  const client = useApi();
  const [report, setReport] = useState<MinuteReport>();
  const [failure, setFailure] = useState<ApiFailure>();
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    const request = new AbortController();
    client.minute(user, minute, request.signal).then(
      (answer) => {
        setReport(answer);
        setFailure(undefined);
      },
      (error: unknown) => {
        if (request.signal.aborted) return;
        setFailure(error instanceof ApiFailure ? error : new ApiFailure('refused', String(error), error));
      },
    );
    return () => request.abort();
  }, [client, user, minute, attempt]);
  return { report, failure, retry: () => setAttempt((count) => count + 1) };
}
