/** What DISPLAY names: `:0`, `:0.0`, `unix:0`, and `host:0` for a server that is reached by TCP. */
export interface DisplayName {
  /** Null for this machine, by its socket file. */
  readonly host: string | null;
  readonly number: number;
}

const HIGHEST = 65_535 - 6000;

/** Null where it names no display. */
export function parseDisplay(text: string): DisplayName | null {
  const [, protocol, host = '', digits] = /^(?:(unix|tcp|inet6?)\/)?(.*):(\d+)(?:\.\d+)?$/.exec(text) ?? [];
  const number = Number(digits);
  if (digits === undefined || number > HIGHEST) return null;
  const isHere = protocol === 'unix' || host === '' || host === 'unix';
  return { host: isHere ? null : host.replace(/^\[(.*)\]$/, '$1'), number };
}

/** In the order in which they are tried. The abstract one reaches where another /tmp is mounted. */
export const socketPaths = (number: number): readonly string[] => [
  `/tmp/.X11-unix/X${number}`,
  `\0/tmp/.X11-unix/X${number}`,
];

export const tcpPort = (number: number): number => 6000 + number;
