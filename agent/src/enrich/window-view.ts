/** The filtered view of a window, made once from the raw signal. The rest of the agent sees only this. */
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

/** No window in front, or none visible. */
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
