/**
 * Kinesis Data Streams. Outcomes are per record: PutRecords is not atomic, and a partial failure is HTTP 200
 * (https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html).
 */
import type { KinesisClient, PutRecordsCommand, PutRecordsRequestEntry } from '@aws-sdk/client-kinesis';
import type { PackedRecord } from '../pack/index.ts';
import { deliverPacked, retryable } from './deliver-packed.ts';
import { diagnoseKinesis } from './kinesis-diagnosis.ts';
import { type RecordOutcome, type Sink, SinkError } from './sink.ts';

export interface KinesisSinkOptions {
  readonly streamName: string;
  /** @defaultValue AWS_REGION or the region of the shared configuration file */
  readonly region?: string;
  /** Another address than AWS's, for an emulator or a VPC endpoint. @defaultValue the region's endpoint */
  readonly endpoint?: string;
  /** A client of your own: it decides region, endpoint, retries and timeouts, and is not destroyed by close(). */
  readonly client?: KinesisClient;
  /** Which shard a record goes to. @defaultValue the device_id of its first event: a device keeps to one shard */
  readonly partitionKey?: string;
  /** Records in one request, at most 500. @defaultValue 500 */
  readonly maxRecordsPerRequest?: number;
  /**
   * Bytes in one request, at most 10 MiB; a single larger record still goes.
   * @defaultValue 1 MiB: what one shard takes in a second, and a device writes to one shard
   */
  readonly maxBytesPerRequest?: number;
  /** A request that has no answer after this is given up. @defaultValue 30,000 */
  readonly requestTimeoutMs?: number;
}

const MAX_RECORDS_PER_REQUEST = 500;
const MAX_BYTES_PER_REQUEST = 10 * 1024 * 1024;
const CONNECTION_TIMEOUT_MS = 10_000;

/** Throws SinkError for options that Kinesis would refuse. The AWS SDK is loaded with the first send(). */
export const kinesisSink = (options: KinesisSinkOptions): Sink => new KinesisSink(options);

interface Connection {
  readonly client: KinesisClient;
  readonly command: typeof PutRecordsCommand;
}

class KinesisSink implements Sink {
  readonly name: string;
  readonly #target: string;
  readonly #maxRecords: number;
  readonly #maxBytes: number;
  readonly #closing = new AbortController();
  #connection: Promise<Connection> | undefined;

  constructor(private readonly options: KinesisSinkOptions) {
    if (!/^[a-zA-Z0-9_.-]{1,128}$/.test(options.streamName)) {
      throw new SinkError(
        `streamName is ${JSON.stringify(options.streamName)}: 1 to 128 letters, digits, _ . - are allowed; give the stream's name, not its ARN`,
      );
    }
    this.name = `kinesis:${options.streamName}`;
    this.#target = `the stream ${options.streamName}${options.endpoint ? ` at ${options.endpoint}` : ''}`;
    this.#maxRecords = limited('maxRecordsPerRequest', options.maxRecordsPerRequest, MAX_RECORDS_PER_REQUEST);
    this.#maxBytes = limited(
      'maxBytesPerRequest',
      options.maxBytesPerRequest ?? 1024 * 1024,
      MAX_BYTES_PER_REQUEST,
    );
  }

  async send(events: Parameters<Sink['send']>[0]): Promise<readonly RecordOutcome[]> {
    return deliverPacked(this.name, events, (records) => this.#deliver(records));
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    if (this.options.client !== undefined) return;
    const connection = await this.#connection?.catch(() => undefined);
    connection?.client.destroy();
  }

  async #deliver(records: readonly PackedRecord[]): Promise<readonly RecordOutcome[]> {
    const outcomes: RecordOutcome[] = [];
    try {
      for (const request of this.#requests(records)) outcomes.push(...(await this.#putRecords(request)));
    } catch (error) {
      // What refused one request as a whole refuses the next as well: no second timeout to wait for.
      const failed = retryable(this.#why(error));
      while (outcomes.length < records.length) outcomes.push(failed);
    }
    return outcomes;
  }

  /** Divides records into requests, in their order. */
  *#requests(records: readonly PackedRecord[]): Generator<readonly PutRecordsRequestEntry[]> {
    let request: PutRecordsRequestEntry[] = [];
    let bytes = 0;
    for (const { data } of records) {
      const key = this.options.partitionKey ?? deviceOf(data);
      const more = data.length + Buffer.byteLength(key);
      if (request.length > 0 && (request.length >= this.#maxRecords || bytes + more > this.#maxBytes)) {
        yield request;
        request = [];
        bytes = 0;
      }
      request.push({ Data: data, PartitionKey: key });
      bytes += more;
    }
    if (request.length > 0) yield request;
  }

  async #putRecords(request: readonly PutRecordsRequestEntry[]): Promise<readonly RecordOutcome[]> {
    const abortSignal = this.#closing.signal;
    abortSignal.throwIfAborted();
    this.#connection ??= this.#connect();
    const { client, command } = await this.#connection;
    const input = { StreamName: this.options.streamName, Records: [...request] };
    const { Records: results = [] } = await client.send(new command(input), { abortSignal });
    return request.map((_, i): RecordOutcome => {
      const result = results[i];
      return result?.SequenceNumber !== undefined ? { status: 'delivered' } : retryable(this.#why(result));
    });
  }

  async #connect(): Promise<Connection> {
    // 18 MB and 80 ms that the embedded pipeline has no use for: paid by those who send to AWS.
    const { KinesisClient, PutRecordsCommand: command } = await import('@aws-sdk/client-kinesis');
    if (this.options.client !== undefined) return { client: this.options.client, command };
    const { NodeHttpHandler } = await import('@smithy/node-http-handler');
    const { region, endpoint, requestTimeoutMs = 30_000 } = this.options;
    const client = new KinesisClient({
      ...(region === undefined ? {} : { region }),
      ...(endpoint === undefined ? {} : { endpoint }),
      // Retrying is retryingSink's part: it sends only what failed, and stops when it is told to.
      maxAttempts: 1,
      // The SDK's own choice is HTTP/2 with a session per request, which plain HTTP, and many a proxy, refuses.
      requestHandler: new NodeHttpHandler({
        connectionTimeout: CONNECTION_TIMEOUT_MS,
        requestTimeout: requestTimeoutMs,
        throwOnRequestTimeout: true,
      }),
    });
    return { client, command };
  }

  #why(error: unknown): string {
    if (this.#closing.signal.aborted) return `the sink ${this.name} is closed`;
    return diagnoseKinesis(this.#target, error).reason;
  }
}

/** Whose events these are. One flush holds the events of one device. */
function deviceOf(data: Uint8Array): string {
  const end = data.indexOf(0x0a);
  try {
    const event: unknown = JSON.parse(Buffer.from(data.buffer, data.byteOffset, end).toString('utf8'));
    if (typeof event === 'object' && event !== null && 'device_id' in event) {
      const { device_id } = event;
      if (typeof device_id === 'string' && device_id.length >= 1 && device_id.length <= 256) return device_id;
    }
  } catch {
    // Not an event: the pipeline tells its sender so, under errors/. It has to get there.
  }
  return 'unknown';
}

function limited(name: string, value: number | undefined, limit: number): number {
  if (value === undefined) return limit;
  if (Number.isInteger(value) && value >= 1 && value <= limit) return value;
  throw new SinkError(`${name} is ${value}: Kinesis takes 1 to ${limit}; choose a whole number in between`);
}
