/**
 * What the clients of commands get. The SDK's own choice waits for ever where a firewall swallows what is sent, and
 * knows nothing of the proxy that the environment names.
 */
import { type AwsClientConfig, awsClientConfig } from '@kinetrack/agent';

export interface ClientSettings {
  /** @defaultValue AWS_REGION or the profile */
  readonly region?: string | undefined;
  /**
   * A request without an answer is given up after this, its body included, and repeated twice.
   * @defaultValue 20,000: silence is told after a minute
   */
  readonly requestTimeoutMs?: number;
}

/** For the constructor of a client. Endpoints can be set as for every AWS tool. */
export async function clientSettings({
  region,
  requestTimeoutMs = 20_000,
}: ClientSettings): Promise<AwsClientConfig> {
  // As where no region is given at all: an empty variable of a script is none.
  const where = region === undefined || region === '' ? {} : { region };
  return { ...(await awsClientConfig({ ...where, requestTimeoutMs })), maxAttempts: 3 };
}
