/** Why the capture process ended, in one sentence with the remedy. */
import { isX11, type Session } from './display.ts';
import type { ProcessEnd } from './input-process.ts';

/** `isFinal`: trying again cannot help as long as this process runs. */
export interface InputProblem {
  readonly isFinal: boolean;
  readonly reason: string;
}

export function inputProblem(end: ProcessEnd, session: Session): InputProblem {
  const { cause, stderr } = end;
  if (cause === 'not_installed') {
    return final('The package uiohook-napi is not installed; reinstall with optional dependencies (npm ci).');
  }
  const library = /(lib[\w.+-]+): cannot open shared object file/.exec(stderr)?.[1];
  if (library !== undefined) {
    return final(
      `The system library ${library} is missing; install it (Debian, Ubuntu: apt install libx11-6 libxtst6 libxt6 libxinerama1 libxkbcommon-x11-0).`,
    );
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
    const display = `The X display ${JSON.stringify(session.env.DISPLAY ?? '')}`;
    if (stderr.includes('XOpenDisplay failure')) {
      return passing(
        `${display} cannot be opened; check that it runs and that DISPLAY and XAUTHORITY are right.`,
      );
    }
    if (stderr.includes('XRecord')) {
      return passing(`${display} does not offer the RECORD extension; turn it on in the X server.`);
    }
  }
  if (cause === 'silent') return passing('The capture process did not answer; it is tried again.');
  return passing('The capture process ended repeatedly; it is tried again.');
}

const final = (reason: string): InputProblem => ({ isFinal: true, reason });
const passing = (reason: string): InputProblem => ({ isFinal: false, reason });
