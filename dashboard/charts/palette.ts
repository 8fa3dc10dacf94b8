/** The colours of charts, out of the style sheet: a canvas does not follow CSS by itself. */
import type { Theme } from '../use-theme.ts';
import type { Look } from '../words.ts';

export interface Palette {
  readonly states: Record<Look, string>;
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly surface: string;
  readonly accent: string;
  readonly font: string;
}

/** The theme is a parameter because the values depend on it, though they are read from the document. */
export function paletteOf(_theme: Theme): Palette {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return {
    states: {
      productive: read('--productive'),
      non_productive: read('--non-productive'),
      unknown: read('--unknown'),
      not_observed: read('--not-observed'),
    },
    text: read('--text'),
    muted: read('--muted'),
    line: read('--line'),
    surface: read('--surface'),
    accent: read('--accent'),
    font: read('--font'),
  };
}
