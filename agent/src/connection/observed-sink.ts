/**
 * Tells a monitor what became of each attempt. It belongs inside retryingSink: that one comes back only after all
 * its attempts, which takes minutes where nothing answers.
 */
import { messageOf } from '../logger.ts';
import type { Sink } from '../sinks/sink.ts';
import type { ConnectionMonitor } from './monitor.ts';

export const observedSink = (sink: Sink, monitor: ConnectionMonitor): Sink => ({
  name: sink.name,
  ...(sink.rate === undefined ? {} : { rate: sink.rate }),
  get cadenceMs() {
    return sink.cadenceMs;
  },
  async send(records) {
    const attempt = monitor.begin();
    try {
      const outcomes = await sink.send(records);
      attempt.ended(outcomes);
      return outcomes;
    } catch (error) {
      attempt.ended([{ status: 'retryable', reason: `${sink.name} failed: ${messageOf(error)}` }]);
      throw error;
    }
  },
  ...(sink.flush === undefined ? {} : { flush: () => sink.flush?.() ?? Promise.resolve() }),
  close: () => sink.close(),
});
