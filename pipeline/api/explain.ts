/** The verdicts of a minute, with the figures that the rules judged. */
import type { MinuteRow, MinuteVerdict } from '@kinetrack/schema';

export const verdictsOf = (rows: readonly MinuteRow[]): MinuteVerdict[] =>
  rows
    .map((row) => ({
      device_id: row.device_id,
      app: row.app,
      site: row.site,
      state: row.state,
      seconds: row.seconds,
      keys: row.keys,
      clicks: row.clicks,
      scrolls: row.scrolls,
      distance_px: row.distance_px,
      rule: row.rule,
      reason: row.reason,
      inputs: parseInputs(row.inputs),
      rules_version: row.rules_version,
    }))
    .sort((a, b) => b.seconds - a.seconds);

/** `inputs` is JSON. An invalid value is shown as text. */
function parseInputs(text: string): MinuteVerdict['inputs'] {
  try {
    const value: MinuteVerdict['inputs'][string] = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Returned as text below.
  }
  return { text };
}
