/** How the tracker makes its sources: anew for each stretch of observation, so that nothing listens while paused. */
import type { Detail } from '@kinetrack/schema';
import type { Runtime } from './runtime.ts';
import { activeWindowSource } from './sources/active-window-source.ts';
import { inputSource } from './sources/input-source.ts';
import type { InputSignal, WindowSignal } from './sources/signals.ts';
import type { Source } from './sources/source.ts';

export interface SourceSetup {
  readonly runtime: Runtime;
  readonly detail: Detail;
  readonly mouseMoveIntervalMs: number;
}

export interface SourceFactories {
  readonly input: (setup: SourceSetup) => Source<InputSignal>;
  readonly activeWindow: (setup: SourceSetup) => Source<WindowSignal>;
}

export const realSources: SourceFactories = {
  input: ({ runtime, detail, mouseMoveIntervalMs }) => inputSource({ runtime, detail, mouseMoveIntervalMs }),
  activeWindow: ({ runtime }) => activeWindowSource({ runtime }),
};
