/**
 * `npm run conformance`: tests the cloud part without an account, on the real engines and protocols
 * (test/conformance/README.md). `npm run conformance -- trino` runs only the test files whose path contains
 * an argument. The last line counts the tests.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  cacheFolder,
  findJava,
  lambdaNode,
  pinned,
  pythonTools,
  trinoServer,
  versionOf,
} from './conformance-tools.mjs';
import { finishSuite, matching, runJest, testFiles, userArguments } from './jest.mjs';
import { ensurePrograms, step, stop } from './programs.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const words = userArguments();
const all = testFiles('test/conformance');
const files = matching(all, words);
if (files.length === 0) {
  stop(`${words.join(' ')}: no conformance test matches; the tests are\n  ${all.join('\n  ')}`);
}

ensurePrograms();
console.log(`tools of the conformance suite, in ${cacheFolder()}`);
const java = findJava();
const aws = join(pythonTools('aws'), 'bin');
const dbt = join(pythonTools('dbt'), 'bin');
const trino = await trinoServer();
const node = lambdaNode();
const versions = [
  versionOf(java, ['-version']),
  `Trino ${pinned('maven.json', /trino-server-core:(\d+)/)}`,
  versionOf(join(aws, 'cfn-lint'), ['--version']),
  `moto ${pinned('aws.txt', /^moto==(\S+)/m)}`,
  ...['dbt-core', 'dbt-duckdb', 'dbt-athena'].map(
    (name) => `${name} ${pinned('dbt.txt', new RegExp(`^${name}==(\\S+)`, 'm'))}`,
  ),
  versionOf('jq', ['--version']),
  `Node.js ${process.version}, and ${versionOf(node, ['--version'])} of the Lambda runtime`,
];
console.log(versions.map((line) => `  ${line}`).join('\n'));

Object.assign(process.env, {
  KINETRACK_CONFORMANCE_JAVA: java,
  KINETRACK_CONFORMANCE_TRINO: trino,
  KINETRACK_CONFORMANCE_AWS_TOOLS: aws,
  KINETRACK_CONFORMANCE_DBT: dbt,
  KINETRACK_CONFORMANCE_NODE: node,
  // No access to an account, no telemetry.
  AWS_ACCESS_KEY_ID: 'conformance',
  AWS_SECRET_ACCESS_KEY: 'conformance',
  AWS_REGION: 'us-east-1',
  AWS_EC2_METADATA_DISABLED: 'true',
  DBT_SEND_ANONYMOUS_USAGE_STATS: 'false',
});
for (const name of ['AWS_PROFILE', 'AWS_SESSION_TOKEN', 'AWS_ENDPOINT_URL']) delete process.env[name];

step('build', [process.execPath, 'scripts/build.mjs']);
console.log('\n> conformance');
// Sequential: Trino alone needs two cores.
finishSuite(runJest(['--runInBand', '--testTimeout=600000', '--runTestsByPath', ...files]));
