/** The ports of the ingest in memory, to refuse, fail or be slow on demand. */
import { gzipSync } from 'node:zlib';
import type { Device, DeviceRegistry, IngestRecord, IngestSink } from '../../../pipeline/lake/ports.ts';

export class MemoryDevices implements DeviceRegistry {
  /** Number of lookups. */
  lookups = 0;
  readonly devices = new Map<string, Device>();
  bindOutcome: Awaited<ReturnType<DeviceRegistry['bind']>> = 'bound';

  find(token: string): Promise<Device | undefined> {
    this.lookups += 1;
    return Promise.resolve(this.devices.get(token));
  }

  bind(): ReturnType<DeviceRegistry['bind']> {
    return Promise.resolve(this.bindOutcome);
  }
}

export class MemoryIngest implements IngestSink {
  readonly stored: IngestRecord[] = [];
  puts = 0;
  /** Outcome of a record of a put, both counted from 1. Throws to fail the whole put. */
  fate: (put: number, record: number) => 'stored' | 'retryable' = () => 'stored';

  async put(records: readonly IngestRecord[]): Promise<readonly ('stored' | 'retryable')[]> {
    this.puts += 1;
    return records.map((record, i) => {
      const outcome = this.fate(this.puts, i + 1);
      if (outcome === 'stored') this.stored.push(record);
      return outcome;
    });
  }

  get lines(): readonly string[] {
    return this.stored.flatMap(({ data }) => Buffer.from(data).toString().split('\n').slice(0, -1));
  }
}

export const trackRequest = (
  body: string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = {},
): Request =>
  new Request('http://127.0.0.1/track', {
    method: 'POST',
    headers: { authorization: 'Bearer adas-token', ...headers },
    body,
  });

export const gzippedRequest = (body: string | Uint8Array): Request =>
  trackRequest(new Uint8Array(gzipSync(body)), { 'content-encoding': 'gzip' });
