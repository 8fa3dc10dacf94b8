/** Problem and remedy in one sentence. It never includes a response body, which may contain anything. */
import type { ConnectionFault } from '@kinetrack/schema';
import { DISK_REMEDIES } from '../spool/disk.ts';

/** Subject of a sentence. */
export interface Situation {
  /** The unreachable destination, or the proxy before it: `the stream activity`. */
  readonly target: string;
  /** True if this computer has no network address. */
  readonly isOffline: boolean;
  /** `host:port` of the configured proxy that was not used. */
  readonly unusedProxy: string | undefined;
  /** The missing permission: `kinesis:PutRecords`. */
  readonly permission: string | undefined;
  /** Message for an unknown fault; safe to show. */
  readonly otherwise: string;
}

type Sentences = Readonly<Record<ConnectionFault, (about: Situation) => string>>;

const COMMON: Sentences = {
  no_network: ({ target, isOffline }) =>
    isOffline
      ? 'this computer has no network; pending events are sent once it is connected'
      : `no route to ${target}; check the network connection and the VPN`,
  dns_failure: ({ target }) =>
    `the host name of ${target} cannot be resolved; check DNS, VPN, region and address`,
  refused: ({ target }) =>
    `${target} refuses the connection; check that it is running, its address, and the firewall`,
  reset: ({ target }) =>
    `connections to ${target} are reset, for example by a firewall; allow them in the firewall or use another network`,
  timeout: ({ target }) =>
    `the connection to ${target} timed out; check the network, the proxy and the firewall`,
  proxy_required: ({ target, unusedProxy }) =>
    unusedProxy === undefined
      ? `the proxy to ${target} requires authentication; set HTTPS_PROXY to http://USER:PASSWORD@HOST:PORT`
      : `${target} cannot be reached directly, and the proxy ${unusedProxy} in the environment is not used; configure this proxy`,
  captive_portal: ({ target }) =>
    `another server responds instead of ${target}; open a web page to sign in to this network, or check the address and the proxy`,
  tls_interception: ({ target }) =>
    `the certificate of ${target} is signed by an untrusted authority, for example of a TLS-inspecting proxy; set NODE_EXTRA_CA_CERTS to the file of that authority and start again`,
  credentials_missing: ({ target }) => `no credentials for ${target}; configure a device token`,
  credentials_expired: ({ target }) => `the device token for ${target} has expired; configure a new one`,
  credentials_invalid: ({ target }) => `${target} does not accept the device token; configure a new one`,
  access_denied: ({ target }) => `this device has no permission to write to ${target}; grant it`,
  region_missing: ({ target }) => `no AWS region is set for ${target}; set \`region\` or AWS_REGION`,
  destination_missing: ({ target }) => `${target} does not exist; check its address`,
  throttled: ({ target }) => `${target} throttles requests; the agent retries automatically at a lower rate`,
  clock_wrong: ({ target }) =>
    `the clock of this computer differs from ${target}; set the clock, or check the certificate if the clock is correct`,
  service_fault: ({ target }) =>
    `${target}, or a proxy before it, reports an internal error; the agent retries automatically`,
  storage_fault: ({ target }) => `${target} is not writable; check the disk and the folder`,
  unknown: ({ target, otherwise }) => `${target} failed: ${otherwise}`,
};

export const SERVER_SENTENCES: Sentences = COMMON;

export const AWS_SENTENCES: Sentences = {
  ...COMMON,
  credentials_missing: ({ target }) =>
    `no AWS credentials for ${target}; sign in with \`aws sso login\` or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`,
  credentials_expired: ({ target }) =>
    `the AWS credentials for ${target} have expired; sign in again, for example with \`aws sso login\``,
  credentials_invalid: ({ target }) =>
    `AWS does not accept the credentials for ${target}; check the access key and its secret`,
  access_denied: ({ target, permission }) =>
    `the AWS credentials have no permission to write to ${target}; grant ${permission ?? 'write access'} on it`,
  destination_missing: ({ target }) =>
    `${target} does not exist in this account and region; create it or check its name and the region`,
  throttled: ({ target }) => `${target} throttles requests; if this persists, add shards or raise its limits`,
  clock_wrong: ({ target }) =>
    `${target} rejects the time of this computer; set the clock, or check the certificate if the clock is correct`,
};

const NO_FOLDER = 'the folder does not exist; create it or choose another one';

/** Remedies for file destinations, by error code of the operating system. */
export const STORAGE_REMEDIES: ReadonlyMap<string, string> = new Map([
  ...Object.entries(DISK_REMEDIES),
  ['ENOENT', NO_FOLDER],
  ['ENOTDIR', NO_FOLDER],
  ['EISDIR', 'a folder has the name of a file; move it or choose another folder'],
  ['ENFILE', 'too many open files; raise the limit of open files'],
  ['EFBIG', 'the file is too large for this disk; choose another disk'],
]);
