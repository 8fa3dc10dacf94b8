/**
 * `npm run conformance`: what can be proved about the cloud without an account, against the real engines and
 * protocols. test/conformance/README.md says which. With arguments it runs only the test files whose path contains one
 * of them: `npm run conformance -- trino`. The last line counts the tests.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder, findJava, pinned, pythonTools, trinoServer, versionOf } from './conformance-tools.mjs';
import { conclude, matching, passedOn, runJest } from './jest.mjs';
import { bringPrograms, step, stop } from './programs.mjs';
import { testFiles } from './test-files.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const words = passedOn();
const all = testFiles('test/conformance');
const files = matching(all, words);
if (files.length === 0) {
  stop(`no conformance test matches ${words.join(' ')}; they are\n  ${all.join('\n  ')}`);
}

bringPrograms();
console.log(`tools of the conformance suite, in ${cacheFolder()}`);
const java = findJava();
const aws = join(pythonTools('aws'), 'bin');
const dbt = join(pythonTools('dbt'), 'bin');
const trino = await trinoServer();
const versions = [
  versionOf(java, ['-version']),
  `Trino ${pinned('maven.json', /trino-server-core:(\d+)/)}`,
  versionOf(join(aws, 'cfn-lint'), ['--version']),
  `moto ${pinned('aws.txt', /^moto==(\S+)/m)}`,
  ...['dbt-core', 'dbt-duckdb', 'dbt-athena'].map(
    (name) => `${name} ${pinned('dbt.txt', new RegExp(`^${name}==(\\S+)`, 'm'))}`,
  ),
  versionOf('jq', ['--version']),
  `Node.js ${process.version}`,
];
console.log(versions.map((line) => `  ${line}`).join('\n'));

Object.assign(process.env, {
  KINETRACK_CONFORMANCE_JAVA: java,
  KINETRACK_CONFORMANCE_TRINO: trino,
  KINETRACK_CONFORMANCE_AWS_TOOLS: aws,
  KINETRACK_CONFORMANCE_DBT: dbt,
  // Nothing here may reach an account or tell anybody about this run.
  AWS_ACCESS_KEY_ID: 'conformance',
  AWS_SECRET_ACCESS_KEY: 'conformance',
  AWS_REGION: 'us-east-1',
  AWS_EC2_METADATA_DISABLED: 'true',
  DBT_SEND_ANONYMOUS_USAGE_STATS: 'false',
});
for (const name of ['AWS_PROFILE', 'AWS_SESSION_TOKEN', 'AWS_ENDPOINT_URL']) delete process.env[name];

step('build', [process.execPath, 'scripts/build.mjs']);
console.log('\n> conformance');
// One file after the other: Trino alone takes two cores.
conclude(runJest(['--runInBand', '--testTimeout=600000', '--runTestsByPath', ...files]));
