/** Keys of delivered objects: `<evaluated prefix><stream>-<version>-<yyyy-MM-dd-HH-mm-ss>-<uuid><extension>`. */
import type { Runtime } from '@kinetrack/agent';
import type { ResolvedConfiguration } from './configuration.ts';
import type { ErrorType } from './record.ts';
import { timestampPattern } from './timestamp-pattern.ts';

/** Which prefix applies, and the values of its expressions. */
export type Destination =
  | { readonly kind: 'data'; readonly keys: ReadonlyMap<string, string> }
  | { readonly kind: 'error'; readonly type: ErrorType };

/** AWS counts configuration changes. This configuration never changes. */
const STREAM_VERSION = 1;
const RANDOM_CHARS = 11;

export class ObjectKeys {
  readonly #suffixTime;

  constructor(
    private readonly configuration: ResolvedConfiguration,
    private readonly streamName: string,
    private readonly runtime: Runtime,
  ) {
    this.#suffixTime = timestampPattern('yyyy-MM-dd-HH-mm-ss', configuration.timeZone);
  }

  prefix(destination: Destination, arrivalMs: number): string {
    const context = { arrivalMs, randomString: () => this.runtime.uuid().slice(0, RANDOM_CHARS) };
    return destination.kind === 'data'
      ? this.configuration.prefix.evaluate({ ...context, partitionKeys: destination.keys })
      : this.configuration.errorPrefix.evaluate({ ...context, errorType: destination.type });
  }

  key(destination: Destination, arrivalMs: number): string {
    const time = this.#suffixTime.format(arrivalMs);
    const suffix = `${this.streamName}-${STREAM_VERSION}-${time}-${this.runtime.uuid()}`;
    return `${this.prefix(destination, arrivalMs)}${suffix}${this.configuration.extension}`;
  }
}
