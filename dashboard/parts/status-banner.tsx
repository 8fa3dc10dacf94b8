/** What is captured on this machine and what is not, and why. */
import type { StatusReport } from '@kinetrack/schema';
import { formatNumber } from '../format.ts';
import { captureWords } from '../words.ts';
import { Icon } from './icons.tsx';

const RECORDING_WORDS: Record<StatusReport['recording'], string> = {
  recording: 'Recording',
  paused: 'Paused',
  off: 'Not recording',
};

export function StatusBanner({ status }: { readonly status: StatusReport }) {
  const dropped = Object.values(status.delivery?.dropped ?? {}).reduce((sum, count) => sum + count, 0);
  const missing = status.captures.filter((capture) => capture.status === 'unavailable');
  return (
    <section class="status" aria-label="What is recorded" data-testid="status">
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
        {status.delivery !== null && (
          <span class="delivery muted" data-testid="delivery">
            {formatNumber(status.delivery.delivered)} events stored, {formatNumber(status.delivery.pending)}{' '}
            waiting
          </span>
        )}
      </div>
      {missing.length + dropped > 0 || status.delivery?.last_error != null ? (
        <ul class="missing" data-testid="not-captured">
          {missing.map((capture) => (
            <li key={capture.name}>
              <strong>{captureWords(capture.name)} is not captured.</strong> {capture.reason}
            </li>
          ))}
          {dropped > 0 && (
            <li>
              <strong>{formatNumber(dropped)} events could not be delivered</strong> and were given up; the
              agent's log says why.
            </li>
          )}
          {status.delivery?.last_error != null && (
            <li>
              <strong>The last delivery failed.</strong> {status.delivery.last_error}
            </li>
          )}
        </ul>
      ) : null}
    </section>
  );
}
