/** What `npm run conformance` hands on to the tests: where the tools are that it brought. */
import { join } from 'node:path';

/** The JDK's `java` that runs Trino. */
export const java = (): string => handed('KINETRACK_CONFORMANCE_JAVA');
/** Folder of the unpacked Trino server. */
export const trinoFolder = (): string => handed('KINETRACK_CONFORMANCE_TRINO');
export const cfnLint = (): string => join(handed('KINETRACK_CONFORMANCE_AWS_TOOLS'), 'cfn-lint');
export const motoServer = (): string => join(handed('KINETRACK_CONFORMANCE_AWS_TOOLS'), 'moto_server');
export const dbt = (): string => join(handed('KINETRACK_CONFORMANCE_DBT'), 'dbt');
/** The Node.js of the Lambda runtime. */
export const lambdaNode = (): string => handed('KINETRACK_CONFORMANCE_NODE');

function handed(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') {
    throw new Error(
      `${name} is not set: \`npm run conformance\` brings the tools and says where they are; start the tests by it`,
    );
  }
  return value;
}
