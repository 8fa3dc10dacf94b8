/** What may be known of a window: made once from the raw signal, and all that the rest of the agent sees. */
import type { TitleMode } from '@kinetrack/schema';
import { cutLabel, filterTitle } from '../privacy/title-filter.ts';
import type { WindowSignal } from '../sources/signals.ts';
import { siteFromTitle } from './site-from-title.ts';

export interface WindowView {
  readonly app: string | null;
  readonly site: string | null;
  /** After the privacy filter. */
  readonly title: string | null;
}

/** No window is in front, or none can be seen. */
export const NO_WINDOW: WindowView = { app: null, site: null, title: null };

export const sameWindow = (a: WindowView, b: WindowView): boolean =>
  a === b || (a.app === b.app && a.site === b.site && a.title === b.title);

export function viewOf(window: WindowSignal['window'], titleMode: TitleMode): WindowView {
  if (window === null) return NO_WINDOW;
  return {
    app: cutLabel(window.app),
    site: siteFromTitle(window.app, window.title),
    title: filterTitle(window.title, titleMode),
  };
}
