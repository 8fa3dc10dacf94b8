/** What is wrong and what helps, in one sentence. Nothing of an answer's body stands in it: that may be anything. */
import type { ConnectionFault } from '@kinetrack/schema';

/** What a sentence is about. */
export interface Situation {
  /** What could not be reached: `the stream activity`, or the proxy before it. */
  readonly target: string;
  /** This computer has no address to reach anything from. */
  readonly isOffline: boolean;
  /** `host:port` of the proxy that should have been used and was not. */
  readonly unusedProxy: string | undefined;
  /** The permission that was asked for: `kinesis:PutRecords`. */
  readonly permission: string | undefined;
  /** What is said where nothing is known: safe to show. */
  readonly otherwise: string;
}

type Sentences = Readonly<Record<ConnectionFault, (about: Situation) => string>>;

const COMMON: Sentences = {
  no_network: ({ target, isOffline }) =>
    isOffline
      ? 'this computer has no network; connect it, and what waits is sent'
      : `no way leads to ${target}; check the network connection and the VPN`,
  dns_failure: ({ target }) =>
    `the address of ${target} cannot be looked up; check the DNS of this network, the VPN and the spelling of region and address`,
  refused: ({ target }) =>
    `${target} refuses the connection; check its address, whether it runs, and the firewall`,
  reset: ({ target }) =>
    `connections to ${target} are cut off on the way, as a firewall does; allow them there or use another network`,
  timeout: ({ target }) => `${target} did not answer in time; check the network, the proxy and the firewall`,
  proxy_required: ({ target, unusedProxy }) =>
    unusedProxy === undefined
      ? `the proxy on the way to ${target} does not let this program through; set HTTPS_PROXY to http://USER:PASSWORD@HOST:PORT as it asks for`
      : `${target} cannot be reached directly and the environment names the proxy ${unusedProxy}; send through that proxy`,
  captive_portal: ({ target }) =>
    `something else answers in the place of ${target}; open a web page to sign in to this network, or check the address and the proxy`,
  tls_interception: ({ target }) =>
    `the certificate shown for ${target} comes from an authority that is not trusted here, as behind a proxy that reads along; name that authority's file in NODE_EXTRA_CA_CERTS and start again`,
  credentials_missing: ({ target }) =>
    `there are no credentials for ${target}; give the device a token of the server`,
  credentials_expired: ({ target }) =>
    `the credentials for ${target} have expired; give the device a new token of the server`,
  credentials_invalid: ({ target }) =>
    `${target} does not know this device's token; give the device a new token of the server`,
  access_denied: ({ target }) => `this device may not write to ${target}; allow it there`,
  region_missing: ({ target }) => `no AWS region is set for ${target}; set \`region\` or AWS_REGION`,
  destination_missing: ({ target }) => `${target} does not exist; check its address`,
  throttled: ({ target }) =>
    `${target} takes no more at the moment; it goes on by itself, more slowly where this lasts`,
  clock_wrong: ({ target }) =>
    `this computer's clock does not agree with ${target}; set the clock, or check the certificate where the clock is right`,
  service_fault: ({ target }) =>
    `${target} has a fault of its own, or a proxy before it; it goes on by itself`,
  storage_fault: ({ target }) => `${target} cannot be written; check the disk and the folder`,
  unknown: ({ target, otherwise }) => `${target} failed: ${otherwise}`,
};

export const SERVER_SENTENCES: Sentences = COMMON;

export const AWS_SENTENCES: Sentences = {
  ...COMMON,
  credentials_missing: ({ target }) =>
    `there are no AWS credentials for ${target}; sign in with \`aws sso login\` or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`,
  credentials_expired: ({ target }) =>
    `the AWS credentials for ${target} have expired; sign in again, for example with \`aws sso login\``,
  credentials_invalid: ({ target }) =>
    `AWS does not know the credentials for ${target}; check the key and its secret`,
  access_denied: ({ target, permission }) =>
    `these credentials may not write to ${target}; allow them ${permission ?? 'to write'} on it`,
  destination_missing: ({ target }) =>
    `${target} does not exist in this account and region; create it or check its name and the region`,
  throttled: ({ target }) =>
    `${target} takes no more at the moment; add shards or raise its limits where this lasts`,
  clock_wrong: ({ target }) =>
    `${target} refuses requests with this computer's time; set the clock, or check the certificate where the clock is right`,
};

const FULL = 'the disk is full; make room';
const FORBIDDEN = 'this user may not write there; allow it or choose another folder';
const GONE = 'the folder is not there; create it or choose another one';
const TOO_MANY = 'too many files are open; raise the limit of open files';

/** What helps, by the name that the operating system gives. */
export const STORAGE_REMEDIES: ReadonlyMap<string, string> = new Map([
  ['ENOSPC', FULL],
  ['EDQUOT', 'the quota of this user is used up; make room'],
  ['EACCES', FORBIDDEN],
  ['EPERM', FORBIDDEN],
  ['EROFS', 'the disk is mounted read-only; mount it for writing or choose another folder'],
  ['ENOENT', GONE],
  ['ENOTDIR', GONE],
  ['EISDIR', 'a folder stands where a file should; move it or choose another folder'],
  ['EMFILE', TOO_MANY],
  ['ENFILE', TOO_MANY],
  ['EFBIG', 'the file is larger than this disk takes; choose another one'],
  ['EIO', 'the disk reports an error; check the disk'],
]);
