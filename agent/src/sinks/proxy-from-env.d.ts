/** The package has no types (https://github.com/Rob--W/proxy-from-env). */
declare module 'proxy-from-env' {
  /** The proxy for an address from HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY; empty without one. */
  export function getProxyForUrl(url: string | URL): string;
}
