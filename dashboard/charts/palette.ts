/** Chart colours from the style sheet: CSS does not apply to a canvas. */
import type { Theme } from '../use-theme.ts';
import type { RunState } from '../words.ts';

export interface Palette {
  readonly states: Record<RunState, string>;
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly surface: string;
  readonly accent: string;
  readonly font: string;
}

/** The theme is a parameter because the values in the document depend on it. */
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
