/**
 * One shard of a Kinesis stream in fake time, behind the real client: requests are signed and serialized as for AWS,
 * and answered here. Per second of its clock it takes 1 MiB and 1,000 records, keys included, and answers
 * ProvisionedThroughputExceededException for what is beyond
 * (https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html).
 */
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Runtime } from '../../../agent/src/runtime.ts';
import { anyCredentials } from './kinesis-server.ts';

type Handled = Awaited<ReturnType<NodeHttpHandler['handle']>>;
type Request = Parameters<NodeHttpHandler['handle']>[0];

export interface Arrival {
  readonly atMs: number;
  readonly bytes: number;
  readonly lines: readonly string[];
}

export const SHARD_BYTES = 1024 * 1024;
export const SHARD_RECORDS = 1000;
/** From the agent to AWS and back. */
const LATENCY_MS = 40;

export class SimulatedShard {
  readonly client: KinesisClient;
  /** While it is not, every request ends as it does without a network. */
  isOnline: boolean = false;
  readonly arrivals: Arrival[] = [];
  requests = 0;
  throttled = 0;
  /** Requests whose answer waits for fake time to pass. */
  parked = 0;
  /** What was taken in each second of the clock. */
  readonly #seconds = new Map<number, { bytes: number; records: number }>();

  constructor(private readonly runtime: Runtime) {
    this.client = new KinesisClient({
      region: 'us-east-1',
      credentials: anyCredentials,
      maxAttempts: 1,
      requestHandler: new ShardHandler((body) => this.#answer(body)),
    });
  }

  get busiestSecond(): { readonly bytes: number; readonly records: number } {
    const taken = [...this.#seconds.values()];
    return {
      bytes: Math.max(0, ...taken.map(({ bytes }) => bytes)),
      records: Math.max(0, ...taken.map(({ records }) => records)),
    };
  }

  async #answer(body: string): Promise<string> {
    this.requests += 1;
    await this.#latency();
    if (!this.isOnline) throw offline();
    const { Records: records }: { Records: readonly { Data: string; PartitionKey: string }[] } =
      JSON.parse(body);
    const results = records.map(({ Data, PartitionKey }) =>
      this.#take(Buffer.from(Data, 'base64'), PartitionKey),
    );
    const FailedRecordCount = results.filter((result) => 'ErrorCode' in result).length;
    return JSON.stringify({ FailedRecordCount, Records: results });
  }

  #take(data: Buffer, partitionKey: string) {
    const second = this.#second();
    const bytes = data.length + Buffer.byteLength(partitionKey);
    if (second.bytes + bytes > SHARD_BYTES || second.records + 1 > SHARD_RECORDS) {
      this.throttled += 1;
      return {
        ErrorCode: 'ProvisionedThroughputExceededException',
        ErrorMessage: 'Rate exceeded for shard shardId-000000000000 in stream activity',
      };
    }
    second.bytes += bytes;
    second.records += 1;
    const lines = data.toString().split('\n').slice(0, -1);
    this.arrivals.push({ atMs: this.runtime.monotonic(), bytes, lines });
    return { SequenceNumber: String(this.arrivals.length), ShardId: 'shardId-000000000000' };
  }

  #second(): { bytes: number; records: number } {
    const key = Math.floor(this.runtime.monotonic() / 1000);
    const second = this.#seconds.get(key) ?? { bytes: 0, records: 0 };
    this.#seconds.set(key, second);
    return second;
  }

  async #latency(): Promise<void> {
    this.parked += 1;
    await new Promise<void>((resolve) => {
      this.runtime.after(LATENCY_MS, resolve);
    });
    this.parked -= 1;
  }
}

class ShardHandler extends NodeHttpHandler {
  readonly #answer: (body: string) => Promise<string>;

  constructor(answer: (body: string) => Promise<string>) {
    super();
    this.#answer = answer;
  }

  override async handle(request: Request): Promise<Handled> {
    const body = await this.#answer(Buffer.concat([request.body]).toString());
    return {
      response: {
        statusCode: 200,
        headers: { 'content-type': 'application/x-amz-json-1.1' },
        body: Buffer.from(body),
      },
    };
  }
}

const offline = (): Error =>
  Object.assign(new Error('getaddrinfo ENOTFOUND kinesis.us-east-1.amazonaws.com'), {
    code: 'ENOTFOUND',
    syscall: 'getaddrinfo',
  });
