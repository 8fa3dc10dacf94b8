/**
 * The three services that no emulator of npm speaks, as far as the check of a deployment uses them: CloudFormation
 * tells outputs, SQS takes messages, Athena runs a query through a function. Real HTTP, no signatures checked.
 */
import { createHash } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Cell, QueryResult } from '../../../pipeline/lake/ports.ts';
import { closeServer, endpointOf, listening } from '../network/loopback.ts';

export interface AwsFrontOptions {
  readonly stackName: string;
  /** `QUEUE` is replaced by the queue URL on this server. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly onMessage: (queueUrl: string, body: string) => Promise<void>;
  readonly query: (sql: string) => Promise<QueryResult>;
}

export interface AwsFront {
  readonly endpoint: string;
  close(): Promise<void>;
}

export async function startAwsFront(options: AwsFrontOptions): Promise<AwsFront> {
  const results: Promise<QueryResult>[] = [];
  const answer = async (target: string, body: string): Promise<object> => {
    const input: Partial<Record<string, string>> = body === '' ? {} : JSON.parse(body);
    switch (target) {
      case 'AmazonSQS.SendMessage':
        await options.onMessage(input.QueueUrl ?? '', input.MessageBody ?? '');
        // The client compares it.
        return {
          MessageId: 'm-1',
          MD5OfMessageBody: createHash('md5')
            .update(input.MessageBody ?? '')
            .digest('hex'),
        };
      case 'AmazonAthena.StartQueryExecution':
        return { QueryExecutionId: String(results.push(options.query(input.QueryString ?? '')) - 1) };
      case 'AmazonAthena.GetQueryExecution':
        return { QueryExecution: { Status: await statusOf(results[Number(input.QueryExecutionId)]) } };
      case 'AmazonAthena.GetQueryResults':
        return resultSet(
          await (results[Number(input.QueryExecutionId)] ?? Promise.reject(new Error('none'))),
        );
      default:
        throw new Error(`nobody answers ${target} here`);
    }
  };
  const server = createServer(async (request, response) => {
    const target = request.headers['x-amz-target'];
    const body = await text(request);
    if (target === undefined) return sendStacks(response, options, `http://${request.headers.host}`);
    try {
      const json = JSON.stringify(await answer(String(target), body));
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(json);
    } catch (error) {
      const json = JSON.stringify({ __type: 'InvalidRequestException', message: String(error) });
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' }).end(json);
    }
  });
  await listening(server);
  return {
    endpoint: endpointOf(server),
    async close() {
      await closeServer(server);
    },
  };
}

function sendStacks(
  response: ServerResponse,
  { stackName, outputs }: AwsFrontOptions,
  endpoint: string,
): void {
  const members = Object.entries(outputs).map(
    ([key, value]) =>
      `<member><OutputKey>${key}</OutputKey><OutputValue>${value.replace('QUEUE', endpoint)}</OutputValue></member>`,
  );
  response
    .writeHead(200, { 'content-type': 'text/xml' })
    .end(
      `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks><member>` +
        `<StackName>${stackName}</StackName><CreationTime>2026-11-20T00:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus>` +
        `<Outputs>${members.join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
    );
}

async function statusOf(result: Promise<QueryResult> | undefined): Promise<object> {
  try {
    await result;
    return { State: 'SUCCEEDED' };
  } catch (error) {
    return { State: 'FAILED', StateChangeReason: String(error) };
  }
}

/** As Athena prints it: text, the names as the first row, no value for null. */
function resultSet({ columns, rows }: QueryResult): object {
  const isNumber = (index: number) => rows.some((row) => typeof row[index] === 'number');
  const cell = (value: Cell) => (value === null ? {} : { VarCharValue: String(value) });
  return {
    ResultSet: {
      ResultSetMetadata: {
        ColumnInfo: columns.map((Name, index) => ({ Name, Type: isNumber(index) ? 'bigint' : 'varchar' })),
      },
      Rows: [columns, ...rows].map((row) => ({ Data: row.map(cell) })),
    },
  };
}
