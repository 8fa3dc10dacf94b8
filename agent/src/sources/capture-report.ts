/** What this machine can capture, and why not the rest: for `kinetrack doctor`. */
import type { Runtime } from '../runtime.ts';
import { activeWindowSource } from './active-window-source.ts';
import { inputSource } from './input-source.ts';
import type { DisplaySession } from './native/display.ts';
import type { Capability, Source } from './source.ts';

export interface CaptureReportLine {
  /** `input` or `active-window`. */
  readonly name: string;
  readonly capability: Capability;
}

export interface CaptureReportOptions {
  /** @defaultValue the system's clock and timers */
  readonly runtime?: Runtime;
  /** @defaultValue this process's platform and environment */
  readonly session?: DisplaySession;
  /** On macOS, whether to request the permission that titles need. @defaultValue false */
  readonly macosTitles?: boolean;
}

/**
 * Starts each source briefly and reads its capability. Resolves within seconds; nothing captured is kept.
 */
export async function captureReport(
  options: CaptureReportOptions = {},
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
