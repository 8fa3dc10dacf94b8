/** The DynamoDB protocol without AWS: npm `dynalite` in a process of its own, in memory, on a free port of loopback. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  type DynamoDBClientConfig,
  type KeySchemaElement,
} from '@aws-sdk/client-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';

export interface DynamoServer {
  readonly endpoint: string;
  /** A client; the server accepts any credentials. */
  client(config?: DynamoDBClientConfig): DynamoDBClient;
  close(): Promise<void>;
}

/** Speaks no transactions and deletes nothing by TTL; errors, conditions and limits are those of DynamoDB. */
export async function startDynamo(): Promise<DynamoServer> {
  const child = fork(fileURLToPath(new URL('dynamo-server-child.mjs', import.meta.url)), {
    // Without the parent's --import and --test flags.
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const [port] = await Promise.race([
    once(child, 'message'),
    exited.then(([code]) => Promise.reject(new Error(`dynalite ended with ${code} before it listened`))),
  ]);
  const endpoint = `http://127.0.0.1:${port}`;
  const clients: DynamoDBClient[] = [];
  return {
    endpoint,
    client(config = {}) {
      const client = new DynamoDBClient({
        endpoint,
        region: 'us-east-1',
        credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
        requestHandler: new NodeHttpHandler(),
        ...config,
      });
      clients.push(client);
      return client;
    },
    async close() {
      for (const client of clients) client.destroy();
      child.kill('SIGKILL');
      await exited;
    },
  };
}

let tables = 0;

/** A table of its own for one test, with the text key `pk`, and `sk` where it is asked for; resolves to its name. */
export async function createTable(
  client: DynamoDBClient,
  { sortKey = false }: { readonly sortKey?: boolean } = {},
): Promise<string> {
  tables += 1;
  const TableName = `test-${process.pid}-${tables}`;
  const KeySchema: KeySchemaElement[] = [{ AttributeName: 'pk', KeyType: 'HASH' }];
  if (sortKey) KeySchema.push({ AttributeName: 'sk', KeyType: 'RANGE' });
  await client.send(
    new CreateTableCommand({
      TableName,
      KeySchema,
      AttributeDefinitions: KeySchema.map(({ AttributeName }) => ({ AttributeName, AttributeType: 'S' })),
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  for (;;) {
    const { Table: table } = await client.send(new DescribeTableCommand({ TableName }));
    if (table?.TableStatus === 'ACTIVE') return TableName;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
