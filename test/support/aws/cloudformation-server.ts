/** DescribeStacks of CloudFormation on loopback, as far as outputs go: where commands for a deployment begin. */
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterTest } from '../../runner/running-test.ts';
import { closeServer, endpointOf, listening } from '../network/loopback.ts';

/** Stacks by name, with the values of their outputs by key; resolves to the endpoint. */
export async function serveStacks(
  stacks: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Promise<string> {
  const server = createServer(async (request, response) => {
    const action = new URLSearchParams(await text(request)).get('Action');
    if (action !== 'DescribeStacks') return void response.writeHead(400).end();
    const members = Object.entries(stacks).map(([name, outputs]) => {
      const pairs = Object.entries(outputs).map(
        ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
      );
      return `<member><StackName>${name}</StackName><Outputs>${pairs.join('')}</Outputs></member>`;
    });
    response.setHeader('content-type', 'text/xml');
    response.end(
      `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks>${members.join('')}</Stacks></DescribeStacksResult></DescribeStacksResponse>`,
    );
  });
  await listening(server);
  afterTest(() => closeServer(server));
  return endpointOf(server);
}
