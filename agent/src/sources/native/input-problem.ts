/** Why the capture process ended, in one sentence with the remedy. */
import { isX11, type Session } from './display.ts';
import type { ProcessEnd } from './input-process.ts';

const NOT_HERE = 'Input is not available here';

/** `isFinal`: trying again cannot help as long as this process runs. */
export interface InputProblem {
  readonly isFinal: boolean;
  readonly reason: string;
}

export function inputProblem({ cause }: ProcessEnd, session: Session): InputProblem {
  if (cause === 'not_installed') {
    return final('the package uiohook-napi is not installed; reinstall with optional dependencies (npm ci).');
  }
  if (cause === 'not_loadable') {
    return final(
      `uiohook-napi has no build that loads on ${session.platform}-${process.arch}; reinstall (npm rebuild uiohook-napi).`,
    );
  }
  if (session.platform === 'darwin') {
    return passing(
      'macOS does not permit it; allow it for the program that runs Kinetrack under System Settings, Privacy & Security, Accessibility and Input Monitoring.',
    );
  }
  if (isX11(session)) {
    const display = `the X display ${JSON.stringify(session.env.DISPLAY ?? '')}`;
    if (cause === 'no_display') {
      return passing(
        `${display} cannot be opened; check that it runs and that DISPLAY and XAUTHORITY are right.`,
      );
    }
    if (cause === 'no_record') {
      return passing(`${display} does not offer the RECORD extension; turn it on in the X server.`);
    }
  }
  if (cause === 'silent') return passing('the capture process did not answer; it is tried again.');
  return passing('the capture process ended repeatedly; it is tried again.');
}

const final = (rest: string): InputProblem => ({ isFinal: true, reason: `${NOT_HERE}: ${rest}` });
const passing = (rest: string): InputProblem => ({ isFinal: false, reason: `${NOT_HERE}: ${rest}` });
