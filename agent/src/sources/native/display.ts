/** Whether input and windows are visible in this session, and if not, why, in one sentence. */

export interface DisplaySession {
  readonly platform: NodeJS.Platform;
  readonly env: NodeJS.ProcessEnv;
}

export const isX11 = ({ platform }: DisplaySession): boolean => platform !== 'darwin' && platform !== 'win32';

/** Null if capture is possible. */
export function displayProblem(session: DisplaySession): string | null {
  if (!isX11(session)) return null;
  const { DISPLAY, WAYLAND_DISPLAY, XDG_SESSION_TYPE } = session.env;
  // XWayland sees only its own windows: figures would look right and be wrong.
  if (XDG_SESSION_TYPE === 'wayland' || (WAYLAND_DISPLAY && XDG_SESSION_TYPE !== 'x11')) {
    return 'A Wayland session does not allow programs to see other programs; choose an X11 (Xorg) session when signing in.';
  }
  if (!DISPLAY) {
    return 'There is no display (DISPLAY is not set); start Kinetrack in a desktop session.';
  }
  return null;
}
