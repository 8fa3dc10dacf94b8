/** What this machine can and cannot capture, and why: for `kinetrack doctor`. */
import { type ActiveWindowSourceOptions, activeWindowSource } from './active-window-source.ts';
import { type InputSourceOptions, inputSource } from './input-source.ts';
import type { Capability, Source } from './source.ts';

export interface CaptureReportLine {
  /** `input` or `active-window`. */
  readonly name: string;
  readonly capability: Capability;
}

/** Starts each source for a moment and asks it. Resolves within seconds; nothing that is seen is kept. */
export async function captureReport(
  options: Pick<InputSourceOptions & ActiveWindowSourceOptions, 'runtime' | 'session' | 'macosTitles'> = {},
): Promise<readonly CaptureReportLine[]> {
  return await Promise.all([
    ask(inputSource({ ...options, detail: 'counts' })),
    ask(activeWindowSource(options)),
  ]);
}

async function ask<Signal>(source: Source<Signal>): Promise<CaptureReportLine> {
  try {
    return { name: source.name, capability: await source.start(() => {}) };
  } finally {
    await source.close();
  }
}
