/** Names of delivered objects: `<evaluated prefix><stream>-<version>-<yyyy-MM-dd-HH-mm-ss>-<uuid><extension>`. */
import type { Runtime } from '@kinetrack/agent';
import type { ResolvedConfiguration } from './configuration.ts';
import { timePattern } from './java-time.ts';
import type { Destination } from './object-buffer.ts';

/** AWS counts changes of the configuration; a configuration is read once here. */
const STREAM_VERSION = 1;
const RANDOM_CHARS = 11;

export class ObjectNames {
  readonly #suffixTime;

  constructor(
    private readonly configuration: ResolvedConfiguration,
    private readonly streamName: string,
    private readonly runtime: Runtime,
  ) {
    this.#suffixTime = timePattern('yyyy-MM-dd-HH-mm-ss', configuration.timeZone);
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
