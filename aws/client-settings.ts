/**
 * Settings of AWS clients in commands. The defaults of the SDK wait forever behind a firewall that
 * drops packets, and ignore the proxy in the environment.
 */
import { type AwsClientConfig, awsClientConfig } from '@kinetrack/agent';

export interface ClientSettings {
  /** @defaultValue AWS_REGION or the profile */
  readonly region?: string | undefined;
  /**
   * Timeout of a request, body included. It is retried twice.
   * @defaultValue 20,000: an unreachable service is reported after a minute
   */
  readonly requestTimeoutMs?: number;
}

/** Options for the constructor of a client. Endpoints are configurable as for all AWS tools. */
export async function clientSettings({
  region,
  requestTimeoutMs = 20_000,
}: ClientSettings): Promise<AwsClientConfig> {
  // An empty variable of a script counts as no region.
  const regionSetting = region === undefined || region === '' ? {} : { region };
  return { ...(await awsClientConfig({ ...regionSetting, requestTimeoutMs })), maxAttempts: 3 };
}
