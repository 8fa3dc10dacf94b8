/** Status of capture and delivery on this computer, with the reasons of problems. */
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
  /** UTC offset of the person. */
  readonly offsetMin: number;
  /** Current date of the person. */
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
      {/* Always in the page, so that screen readers announce later content. */}
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
      <Problems status={status} isFaulty={fault !== undefined} />
    </section>
  );
}

interface Problem {
  readonly key: string;
  readonly title: string;
  readonly text: string;
}

function Problems(props: { readonly status: StatusReport; readonly isFaulty: boolean }) {
  const found = problemsOf(props.status, props.isFaulty);
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

function problemsOf({ captures, delivery }: StatusReport, isFaulty: boolean): readonly Problem[] {
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
    // The connection fault is more precise.
    ...(last_error === null || isFaulty
      ? []
      : [{ key: 'error', title: 'The last delivery failed.', text: last_error }]),
  ];
}
