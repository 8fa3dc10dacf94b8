/**
 * What may be kept of a window title. The raw title goes in here and nowhere else: what comes out is all that
 * samples, events, logs and the status ever see.
 */
import type { TitleMode } from '@kinetrack/schema';
import { redactTitle } from './redact-title.ts';

/** Of the schema's label. */
export const MAX_LABEL_LENGTH = 512;

/** The title as far as the mode lets it pass; null where titles are off. */
export function filterTitle(rawTitle: string, mode: TitleMode): string | null {
  switch (mode) {
    case 'off':
      return null;
    case 'full':
      return cutLabel(rawTitle.trim());
    case 'redacted':
      return cutLabel(redactTitle(rawTitle));
  }
}

/** The text as far as a label holds it. */
export const cutLabel = (text: string): string => cutText(text, MAX_LABEL_LENGTH);

/** The first characters of a text, never with half a character at its end. */
export function cutText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const cut = text.slice(0, maxLength);
  return /[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut;
}
