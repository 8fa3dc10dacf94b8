import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidDeploymentConfig, readConfig } from '../../lib/config.ts';
import { deploymentConfig } from '../../lib/deployment-config.ts';
import { appOf } from '../support/cdk/synth.ts';
import { tempDir } from '../support/process/temp-dir.ts';

const read = (context: Record<string, unknown>) => readConfig(appOf({ context }));

function problemsOf(context: Record<string, unknown>): readonly string[] {
  try {
    read(context);
  } catch (error) {
    assert.ok(error instanceof InvalidDeploymentConfig);
    return error.problems;
  }
  assert.fail('nothing was wrong');
}

const withPrefix = (parameters: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(parameters).map(([name, value]) => [`kinetrack:${name}`, value]));

/** The section of docs/deploy.md that has it. */
const parameterTable = (): string =>
  readFileSync('docs/deploy.md', 'utf8')
    .split(/^## /m)
    .find((section) => section.startsWith('Parameters')) ??
  assert.fail('docs/deploy.md has lost its parameters');

describe('the deployment configuration', () => {
  it('uses the values of cdk.json', () => {
    const config = read({});
    assert.equal(config.name, 'Kinetrack');
    assert.equal(config.streamMode, 'on-demand');
    assert.equal(config.retentionDays.raw, 400);
    assert.equal(config.retainData, true);
  });

  it('ignores a byte order mark in front of cdk.json', async () => {
    const dir = await tempDir();
    await writeFile(join(dir, 'cdk.json'), `\uFEFF${readFileSync('cdk.json', 'utf8')}`);
    const app = appOf({ context: { 'kinetrack:retentionDays': 'errors=40' } });
    const expected = readConfig(app);
    const home = process.cwd();
    process.chdir(dir);
    try {
      assert.deepEqual(readConfig(app), expected);
    } finally {
      process.chdir(home);
    }
  });

  it('parses numbers and flags from the command line, where every value is a string', () => {
    const config = read({ 'kinetrack:people': '400', 'kinetrack:retainData': 'false' });
    assert.equal(config.people, 400);
    assert.equal(config.retainData, false);
  });

  for (const [name, value, problem] of [
    ['shards', '0', 'must be a whole number from 1 to 500; got "0"'],
    ['shards', 'many', 'must be a whole number from 1 to 500; got "many"'],
    ['shards', 1.5, 'must be a whole number from 1 to 500; got 1.5'],
    ['shards', '', 'must be a whole number from 1 to 500; got ""'],
    ['name', '7up', 'must be a letter and up to 39 letters, digits and -; got "7up"'],
    ['people', 0, 'must be a whole number from 1 to 1000000; got 0'],
    ['source', 'http', 'must be stream or direct or both; got "http"'],
    ['streamMode', 'turbo', 'must be on-demand or provisioned; got "turbo"'],
    ['scanLimitMiB', 5, 'must be a whole number from 10 to 7000000; got 5'],
    ['firstDate', '1.1.2026', 'must be a date in the form 2026-01-01; got "1.1.2026"'],
    ['firstDate', '2999-01-01', 'must not be after today; got "2999-01-01"'],
    ['retainData', 'yes', 'must be true or false; got "yes"'],
    ['databaseName', 'Kine-Track', 'must be lower-case letters, digits and _; got "Kine-Track"'],
    ['signIn', 'saml', 'must be cognito or oidc or none; got "saml"'],
    [
      'signInDomain',
      'my-aws-people',
      'must be empty or 1 to 63 lower-case letters, digits and -, without the words aws, amazon and cognito; got "my-aws-people"',
    ],
    ['alarmEmail', 'ops', 'must be empty or an e-mail address; got "ops"'],
    ['partitionQuota', 100, 'must be a whole number from 500 to 5000; got 100'],
    ['silenceAlarmHours', 169, 'must be a whole number from 0 to 168; got 169'],
  ] as const) {
    it(`refuses ${name} = ${JSON.stringify(value)}`, () => {
      assert.deepEqual(problemsOf({ [`kinetrack:${name}`]: value }), [`kinetrack:${name}: ${problem}`]);
    });
  }

  it('names an unknown parameter together with the existing ones', () => {
    const [problem] = problemsOf({ 'kinetrack:shard': 2 });
    assert.match(problem ?? '', /^kinetrack:shard: unknown parameter; the parameters are name, .*shards/);
  });

  it('names a parameter that is missing', () => {
    assert.deepEqual(problemsOf({ 'kinetrack:shards': undefined }), [
      'kinetrack:shards: must be a whole number from 1 to 500; got nothing',
    ]);
  });

  it('names everything that is wrong at once, contradictions too, and where to change it', () => {
    const context = withPrefix({ shards: 0, streamName: 'a b', signIn: 'none', oidcClientId: 'page' });
    assert.deepEqual(problemsOf(context), [
      'kinetrack:streamName: must be 1 to 128 letters, digits, _, - and .; got "a b"',
      'kinetrack:shards: must be a whole number from 1 to 500; got 0',
      'kinetrack:oidcClientId: only for signIn=oidc, but signIn=none; got "page"',
    ]);
    assert.throws(
      () => read(context),
      /Change it in cdk\.json under "context", or pass -c kinetrack:NAME=VALUE/,
    );
  });

  it('has every parameter in cdk.json and in docs/deploy.md', () => {
    const context: Record<string, unknown> = JSON.parse(readFileSync('cdk.json', 'utf8')).context;
    const inFile = Object.keys(context)
      .filter((key) => key.startsWith('kinetrack:'))
      .map((key) => key.slice('kinetrack:'.length));
    const documented = [...parameterTable().matchAll(/^\| `([\w.]+)` \|/gm)].map(([, name]) => name);
    const parameters = Object.keys(deploymentConfig.shape);
    assert.deepEqual(inFile, parameters);
    assert.deepEqual(
      documented,
      parameters.flatMap((name) =>
        name === 'retentionDays'
          ? Object.keys(deploymentConfig.shape.retentionDays.shape).map((part) => `${name}.${part}`)
          : [name],
      ),
    );
  });

  it('is in docs/deploy.md with the values of cdk.json', () => {
    const { retentionDays, ...others } = read({});
    const expected: Readonly<Record<string, unknown>> = {
      ...others,
      ...Object.fromEntries(
        Object.entries(retentionDays).map(([part, days]) => [`retentionDays.${part}`, days]),
      ),
    };
    const rows = parameterTable().matchAll(/^\| `([\w.]+)` \| [^|]+ \| ([^|]+) \|/gm);
    for (const [, name = '', value = ''] of rows) {
      assert.equal(value.replaceAll('`', ''), expected[name] === '' ? 'empty' : String(expected[name]), name);
    }
  });
});

describe('the ages of deletion', () => {
  it('are changed one by one on the command line, the others staying as cdk.json has them', () => {
    const inFile = { 'kinetrack:retentionDays': { ...read({}).retentionDays, screenshots: 5 } };
    const app = appOf({ context: { 'kinetrack:retentionDays': 'raw=500, errors=30' } });
    const { retentionDays } = readConfig(app, inFile);
    assert.deepEqual(retentionDays, {
      raw: 500,
      rollups: 1100,
      summaries: 400,
      screenshots: 5,
      errors: 30,
      queryResults: 7,
      accessLogs: 90,
    });
  });

  for (const [given, problem] of [
    ['raw=7', 'kinetrack:retentionDays.raw: must be a whole number from 30 to 3650; got "7"'],
    [
      'logs=7',
      'kinetrack:retentionDays.logs: unknown parameter; the parameters are raw, rollups, summaries, screenshots, errors, queryResults, accessLogs',
    ],
    [
      '400',
      'kinetrack:retentionDays: must be numbers of days, such as {"raw": 400, "errors": 90}, or raw=400,errors=90 on the command line; got "400"',
    ],
    [
      'raw=700,rollups=600',
      'kinetrack:retentionDays: rollups must be kept at least as long as raw events, because a late event would recreate expired rows; got rollups=600, raw=700',
    ],
  ] as const) {
    it(`are refused as ${given}`, () => {
      assert.deepEqual(problemsOf({ 'kinetrack:retentionDays': given }), [problem]);
    });
  }
});

describe('parameters that do not go together', () => {
  const oidc = {
    signIn: 'oidc',
    oidcIssuer: 'https://login.example.com/t',
    oidcClientId: 'page',
    userClaim: 'email',
    rolesClaim: 'roles',
  };

  it('are none in a sign-in by the company', () => {
    assert.equal(read(withPrefix(oidc)).signIn, 'oidc');
  });

  for (const [what, parameters, problems] of [
    [
      'an on-demand stream with shards',
      { shards: 4 },
      ['shards: only for provisioned streams; set streamMode=provisioned or shards=1; got 4'],
    ],
    [
      'a provisioned stream that is not there',
      { source: 'direct', streamMode: 'provisioned' },
      ['streamMode: provisioned requires a stream, but source=direct has none; use on-demand'],
    ],
    [
      'slices of a large fleet without room for two queues',
      { people: 30_000, rollupConcurrency: 3 },
      [
        'rollupConcurrency: must be at least 4 because people=30000 requires 4 slices (Lambda requires 2 for each of two queues); got 3',
      ],
    ],
    [
      'summaries that outlive rollups',
      { retentionDays: 'summaries=1101' },
      [
        'retentionDays: summaries must not be kept longer than rollups, because the minutes of a day would be missing; got summaries=1101, rollups=1100',
      ],
    ],
    [
      'an issuer without its address and client',
      { ...oidc, oidcIssuer: '', oidcClientId: '' },
      [
        'oidcIssuer: signIn=oidc requires the URL of the issuer; got ""',
        'oidcClientId: signIn=oidc requires the ID of a public client; got ""',
      ],
    ],
    [
      "Cognito's claims with another issuer",
      { ...oidc, userClaim: 'cognito:username', rolesClaim: 'cognito:groups' },
      [
        'userClaim: only Cognito has this claim; signIn=oidc requires a claim of the issuer, such as email or roles; got "cognito:username"',
        'rolesClaim: only Cognito has this claim; signIn=oidc requires a claim of the issuer, such as email or roles; got "cognito:groups"',
      ],
    ],
    [
      'roles of a user pool elsewhere than in its groups',
      { rolesClaim: 'roles' },
      ['rolesClaim: must be cognito:groups with signIn=cognito; got "roles"'],
    ],
    [
      'a hosted domain without Cognito',
      { ...oidc, signInDomain: 'kinetrack-7' },
      ['signInDomain: only for signIn=cognito, but signIn=oidc; got "kinetrack-7"'],
    ],
  ] as const) {
    it(`are refused: ${what}`, () => {
      assert.deepEqual(
        problemsOf(withPrefix(parameters)),
        problems.map((problem) => `kinetrack:${problem}`),
      );
    });
  }
});
