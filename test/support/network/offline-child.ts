/**
 * Child process: a computer without network, in its own namespace (`unshare -rn`), with loopback down. It sends
 * steadily, adds an address once the fault is named, and prints the states of its monitor.
 */
import { execFileSync } from 'node:child_process';
import { kinesisSink } from '../../../agent/src/sinks/index.ts';
import { endFile } from '../../runner/running-test.ts';
import { STORED, startAwsServer } from '../aws/aws-answers.ts';
import { deliverSteadily } from './steady-delivery.ts';

/** RFC 5737: an address for documentation. */
const ADDRESS = '192.0.2.1';

const [endpoint] = process.argv.slice(2);
const server = await startAwsServer(STORED, '0.0.0.0');
const own = server.endpoint.replace('0.0.0.0', ADDRESS);
const delivery = deliverSteadily(kinesisSink({ streamName: 'activity', endpoint: endpoint ?? own }));
const sentence = await delivery.named('no_network');
if (endpoint === undefined) {
  const ip = (...args: readonly string[]) => execFileSync('ip', args);
  ip('link', 'set', 'lo', 'up');
  ip('address', 'add', `${ADDRESS}/24`, 'dev', 'lo');
  await delivery.healthy();
}
process.stdout.write(
  JSON.stringify({ sentence, states: delivery.changes.map(({ state, fault }) => fault ?? state) }),
);
await endFile();
