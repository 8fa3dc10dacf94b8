/** Structured logs. Fields are figures and fixed words. Never pass captured content, such as titles. */
import { formatUtc } from '@kinetrack/schema';
import { type Runtime, systemRuntime } from './runtime.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
/** Flat, because fields of a nested object would be logged without review. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

export type Logger = Readonly<Record<LogLevel, (message: string, fields?: LogFields) => void>>;

export interface LoggerOptions {
  /** Receives one line without its newline. */
  readonly write: (line: string) => void;
  /** Lower levels are not written. @defaultValue `info` */
  readonly level?: LogLevel;
  /** @defaultValue the system's clock */
  readonly runtime?: Runtime;
}

/** One JSON object a line: `{"ts":"...","level":"warn","message":"...",...fields}`. */
export function createLogger({ write, level = 'info', runtime = systemRuntime }: LoggerOptions): Logger {
  const least = LOG_LEVELS.indexOf(level);
  const at = (of: LogLevel) => (message: string, fields?: LogFields) => {
    if (LOG_LEVELS.indexOf(of) < least) return;
    write(JSON.stringify({ ts: formatUtc(runtime.now()), level: of, message, ...fields }));
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

const nothing = () => {};
export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
