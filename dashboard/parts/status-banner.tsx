/** What is captured on this machine and whether it arrives; what does not, and why. */
import type { StatusReport } from '@kinetrack/schema';
import { formatNumber } from '../format.ts';
import { captureWords, droppedWords, faultWords } from '../words.ts';
import { Icon } from './icons.tsx';

const RECORDING_WORDS: Record<StatusReport['recording'], string> = {
  recording: 'Recording',
  paused: 'Paused',
  off: 'Not recording',
};

interface StatusBannerProps {
  readonly status: StatusReport;
  /** Minutes that the person's clock is ahead of UTC, and the date there. */
  readonly offsetMin: number;
  readonly today: string;
}

export function StatusBanner({ status, offsetMin, today }: StatusBannerProps) {
  const { delivery } = status;
  const fault = delivery === null ? undefined : faultWords(delivery, offsetMin, today);
  return (
    <section class="status" aria-label="Recording status" data-testid="status">
      <div class="status-line">
        <span class={`recording recording-${status.recording}`} data-testid="recording">
          <span class="dot" aria-hidden="true" />
          {RECORDING_WORDS[status.recording]}
        </span>
        {status.captures.map((capture) => (
          <span
            key={capture.name}
            class={`capture capture-${capture.status}`}
            data-capture={capture.name}
            data-status={capture.status}
          >
            {capture.status !== 'starting' && (
              <Icon name={capture.status === 'available' ? 'check' : 'alert'} />
            )}
            {captureWords(capture.name)}
            {capture.status === 'starting' && ' (starting)'}
            {capture.status === 'unavailable' && ' (not captured)'}
          </span>
        ))}
        {status.note !== null && <span class="muted">{status.note}</span>}
        {delivery !== null && (
          <span class="delivery muted" data-testid="delivery">
            {formatNumber(delivery.delivered)} events stored, {formatNumber(delivery.pending)} waiting
          </span>
        )}
      </div>
      {/* Always there: what appears in it later is read out. */}
      <div role="status" data-testid="connection">
        {fault !== undefined && (
          <p class="notice connection">
            <Icon name="alert" />
            <span>
              <strong>{fault.title}</strong> {fault.text}
            </span>
          </p>
        )}
      </div>
      <Shortcomings status={status} isFaulty={fault !== undefined} />
    </section>
  );
}

interface Shortcoming {
  readonly key: string;
  readonly title: string;
  readonly text: string;
}

function Shortcomings(props: { readonly status: StatusReport; readonly isFaulty: boolean }) {
  const found = shortcomingsOf(props.status, props.isFaulty);
  if (found.length === 0) return null;
  return (
    <ul class="notice" data-testid="not-captured">
      {found.map(({ key, title, text }) => (
        <li key={key}>
          <strong>{title}</strong> {text}
        </li>
      ))}
    </ul>
  );
}

function shortcomingsOf({ captures, delivery }: StatusReport, isFaulty: boolean): readonly Shortcoming[] {
  const missing = captures
    .filter(({ status }) => status === 'unavailable')
    .map(({ name, reason }) => ({
      ...{ key: name, title: `${captureWords(name)} is not captured.`, text: reason ?? '' },
    }));
  if (delivery === null) return missing;
  const dropped = droppedWords(delivery);
  const { queue, last_error } = delivery;
  return [
    ...missing,
    ...(dropped === undefined ? [] : [{ key: 'dropped', ...dropped }]),
    ...(queue === null || queue.note === null
      ? []
      : [{ key: 'key', title: 'A part of the queue cannot be read.', text: queue.note }]),
    // What is wrong with the connection says it better.
    ...(last_error === null || isFaulty
      ? []
      : [{ key: 'error', title: 'The last delivery failed.', text: last_error }]),
  ];
}
