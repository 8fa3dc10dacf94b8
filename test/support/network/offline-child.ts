/**
 * A computer without network, in a namespace of its own (`unshare -rn`): even loopback is down. It sends steadily,
 * gets itself an address once the fault is named, and prints what its monitor said on the way.
 */
import { execFileSync } from 'node:child_process';
import { kinesisSink } from '../../../agent/src/sinks/index.ts';
import { endFile } from '../../runner/running-test.ts';
import { STORED, startAwsServer } from '../aws/aws-answers.ts';
import { deliverSteadily } from './steady-delivery.ts';

/** RFC 5737: an address of documentation, nobody's. */
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
