/** The network of this computer as a diagnosis reads it; tests replace it. */
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';

export interface Surroundings {
  /** As os.networkInterfaces(): interfaces that are down are not listed. */
  interfaces(): NodeJS.Dict<readonly NetworkInterfaceInfo[]>;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export const systemSurroundings: Surroundings = {
  interfaces: () => networkInterfaces(),
  environment: process.env,
};

/** Bridges to containers and virtual machines stay up when the network is gone. */
const VIRTUAL = /^(?:docker|br-|veth|virbr|lxcbr|lxdbr|podman|cni|vmnet|vboxnet|vEthernet \((?:Default|WSL))/;
/** Self-assigned addresses of interfaces without a network (link-local). */
const LINK_LOCAL = /^(?:169\.254\.|fe[89ab][0-9a-f]:)/i;

/** Whether any interface has an address beyond this computer. */
export const hasNetwork = ({ interfaces }: Surroundings): boolean =>
  Object.entries(interfaces()).some(
    ([name, addresses = []]) =>
      !VIRTUAL.test(name) &&
      addresses.some(({ internal, address }) => !internal && !LINK_LOCAL.test(address)),
  );

export interface Peer {
  /** Name or address; missing if unknown. */
  readonly host?: string;
  readonly port?: number;
}

/** The proxy of the environment, as `host:port`: no sentence contains its user and password. */
export interface EnvironmentProxy {
  readonly name: string;
  readonly isPeer: (peer: Peer) => boolean;
  /** Whether the environment sends connections to this host through the proxy. */
  readonly isFor: (host: string) => boolean;
}

export function proxyOf({ environment }: Surroundings): EnvironmentProxy | undefined {
  const set = (name: string) => environment[name.toLowerCase()] ?? environment[name];
  const given = set('HTTPS_PROXY') || set('HTTP_PROXY') || set('ALL_PROXY');
  if (given === undefined || given === '') return undefined;
  const address = given.includes('://') ? given : `http://${given}`;
  if (!URL.canParse(address)) return undefined;
  const { hostname, port, protocol } = new URL(address);
  const number = Number(port) || (protocol === 'https:' ? 443 : 80);
  const exceptions = (set('NO_PROXY') ?? '').split(/[\s,]+/).filter((each) => each !== '');
  return {
    name: `${hostname}:${number}`,
    // After DNS resolution, the error has the proxy's address instead of its name, so the port has to
    // match.
    isPeer: ({ host = hostname, port: at }) =>
      host === hostname || (at === number && isLoopback(host) === isLoopback(hostname)),
    isFor: (host) => !isLoopback(host) && !exceptions.some((each) => isExcepted(host, each)),
  };
}

const isLoopback = (host: string): boolean => /^(?:127\.|localhost$|::1$)/.test(host);

function isExcepted(host: string, exception: string): boolean {
  const suffix = exception.replace(/^\*?\.?/, '').replace(/:\d+$/, '');
  return suffix === '' || host === suffix || host.endsWith(`.${suffix}`);
}
