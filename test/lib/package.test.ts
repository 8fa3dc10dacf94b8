/** The packages as npm would publish them, in the app of somebody who has nothing else of this repository. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

interface Resource {
  readonly Type: string;
  readonly Properties?: {
    readonly Description?: unknown;
    readonly Code?: { readonly S3Key?: string };
  };
}
const root = resolve('.');

/** Packs a workspace without network and unpacks it below `node_modules` of the app. */
async function install(app: string, folder: string): Promise<readonly string[]> {
  const { stdout } = await run(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--offline', '--pack-destination', app],
    {
      cwd: join(root, folder),
      env: { ...process.env, npm_config_update_notifier: 'false' },
    },
  );
  const answer: unknown = JSON.parse(stdout.slice(stdout.search(/^[[{]/m)));
  const [packed] = Array.isArray(answer) ? answer : Object.values(answer ?? {});
  const { name, filename, files }: { name: string; filename: string; files: { path: string }[] } = packed;
  const target = join(app, 'node_modules', name);
  await mkdir(target, { recursive: true });
  await run('tar', ['-xzf', join(app, filename), '-C', target, '--strip-components=1']);
  return files.map(({ path }) => path);
}

/** What npm would have installed beside it. */
async function link(app: string, ...names: string[]): Promise<void> {
  for (const name of names) {
    const at = join(app, 'node_modules', name);
    await mkdir(dirname(at), { recursive: true });
    await symlink(join(root, 'node_modules', name), at);
  }
}

async function emptyApp(): Promise<string> {
  const app = await mkdtemp(join(tmpdir(), 'kinetrack-consumer-'));
  await writeFile(join(app, 'package.json'), JSON.stringify({ type: 'module', private: true }));
  return app;
}

/** The strictest of settings that a consumer may have. */
async function typecheck(app: string, file: string): Promise<string> {
  await writeFile(
    join(app, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        ...{ target: 'ES2023', module: 'NodeNext', moduleResolution: 'NodeNext', noEmit: true },
        ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
        ...{ skipLibCheck: true, types: ['node'] },
      },
      files: [file],
    }),
  );
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  return run(process.execPath, [tsc, '--project', app], { cwd: app }).then(
    () => '',
    (error: { stdout: string }) => error.stdout,
  );
}

describe('@kinetrack/cdk, packed', () => {
  let app: string;
  let files: readonly string[];
  beforeAll(async () => {
    app = await emptyApp();
    files = await install(app, 'lib');
    await link(app, 'aws-cdk-lib', 'constructs', '@types/node');
  });

  afterAll(() => rm(app, { recursive: true, force: true }));

  it('holds code, declarations, functions and page, and no sources', () => {
    const folders = new Set(files.map((path) => path.split('/').slice(0, 2).join('/')));
    for (const wanted of [
      'package.json',
      'dist/index.js',
      'dist/index.d.ts',
      'dist/lambdas',
      'dist/dashboard',
    ]) {
      assert.ok(folders.has(wanted), wanted);
    }
    assert.deepEqual(
      files.filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts')),
      [],
    );
  });

  it('synthesizes the whole pipeline in a plain JavaScript app, with its functions and its page', async () => {
    await writeFile(
      join(app, 'app.js'),
      `import { App, Stack } from 'aws-cdk-lib';
       import { ActivityPipeline, ActivitySource } from '@kinetrack/cdk';
       const app = new App({ outdir: 'cdk.out' });
       new ActivityPipeline(new Stack(app, 'Theirs'), 'Activity');
       new ActivityPipeline(new Stack(app, 'Small'), 'Activity', { source: ActivitySource.direct(), api: false });
       app.synth();`,
    );
    await run(process.execPath, ['app.js'], { cwd: app, env: { PATH: process.env.PATH } });

    const template: { Resources: Record<string, Resource> } = JSON.parse(
      readFileSync(join(app, 'cdk.out/Theirs.template.json'), 'utf8'),
    );
    const resources = Object.values(template.Resources);
    for (const type of ['AWS::Kinesis::Stream', 'AWS::Glue::Table', 'AWS::CloudFront::Distribution']) {
      assert.ok(
        resources.some(({ Type }) => Type === type),
        type,
      );
    }
    const ours = resources.flatMap(({ Type, Properties }) =>
      Type === 'AWS::Lambda::Function' && String(Properties?.Description).startsWith('Kinetrack')
        ? [Properties ?? {}]
        : [],
    );
    assert.ok(ours.length >= 4, 'functions for rollup, deletion, API and track');
    for (const { Code } of ours) {
      const folder = `asset.${Code?.S3Key?.replace('.zip', '')}`;
      assert.ok(existsSync(join(app, 'cdk.out', folder, 'index.mjs')), folder);
    }
    const page = readdirSync(join(app, 'cdk.out')).filter((name) =>
      existsSync(join(app, 'cdk.out', name, 'index.html')),
    );
    assert.equal(page.length, 1, 'the page is an asset');
    assert.ok(existsSync(join(app, 'cdk.out/Small.template.json')));
  });

  it('typechecks in a strict TypeScript app, and refuses what it does not know', async () => {
    await writeFile(
      join(app, 'app.ts'),
      `import { App, Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
       import { User } from 'aws-cdk-lib/aws-iam';
       import { ActivityLake, ActivityPipeline, ActivitySource, SignIn } from '@kinetrack/cdk';

       const stack = new Stack(new App(), 'Theirs');
       const pipeline = new ActivityPipeline(stack, 'Activity', {
         source: ActivitySource.stream({ shardCount: 1, retention: Duration.days(7) }),
         people: 300,
         retention: { raw: Duration.days(90), rollups: Duration.days(400) },
         signIn: SignIn.oidc({ issuer: 'https://login.example.com', clientId: 'kinetrack', userClaim: 'oid' }),
         catalog: { databaseName: 'activity', scanLimit: Size.gibibytes(1) },
         alarms: { email: 'ops@example.com', silence: Duration.hours(48) },
         removalPolicy: RemovalPolicy.DESTROY,
       });
       pipeline.grantSend(new User(stack, 'Agent'));
       pipeline.grantQuery(new User(stack, 'Analyst'));
       const name: string = pipeline.lake.bucket.bucketName;
       const url: string | undefined = pipeline.api?.dashboardUrl;
       export const lake = new ActivityLake(stack, 'Another');
       export { name, url };

       // @ts-expect-error days are a Duration
       new ActivityPipeline(stack, 'Wrong', { retention: { raw: 90 } });
       // @ts-expect-error there is no such option
       new ActivityPipeline(stack, 'Unknown', { peopel: 300 });
       // @ts-expect-error an alarm is no number
       const wrong: number = pipeline.observability.alarms.get('DeliveryLate');
       export { wrong };`,
    );
    assert.equal(await typecheck(app, 'app.ts'), '');
  });
});

describe('@kinetrack/agent and @kinetrack/schema, packed', () => {
  let app: string;
  beforeAll(async () => {
    app = await emptyApp();
    await install(app, 'schema');
    await install(app, 'agent');
    await link(app, 'zod', '@aws-sdk', '@smithy', 'https-proxy-agent', 'proxy-from-env', '@types/node');
  });

  afterAll(() => rm(app, { recursive: true, force: true }));

  it('typecheck in a strict TypeScript app, and refuse what they do not know', async () => {
    await writeFile(
      join(app, 'app.ts'),
      `import { ActivityTracker, type ActivityTrackerOptions } from '@kinetrack/agent';
       import { ACTIVITY_TYPES, type ActivityType } from '@kinetrack/schema';

       export const types: readonly ActivityType[] = ACTIVITY_TYPES;
       export const options: ActivityTrackerOptions = {};
       export const tracker: ActivityTracker | undefined = undefined;

       // @ts-expect-error there is no such activity
       export const wrong: ActivityType = 'dreaming';
       // @ts-expect-error there is no such option
       export const unknown: ActivityTrackerOptions = { keystrokes: true };`,
    );
    assert.equal(await typecheck(app, 'app.ts'), '');
  });

  it('run in a plain JavaScript app', async () => {
    await writeFile(
      join(app, 'app.js'),
      `import { ActivityTracker } from '@kinetrack/agent';
       import { ACTIVITY_TYPES } from '@kinetrack/schema';
       console.log(typeof ActivityTracker, ACTIVITY_TYPES.includes('sample'));`,
    );
    const { stdout } = await run(process.execPath, ['app.js'], { cwd: app, env: { PATH: process.env.PATH } });
    assert.equal(stdout, 'function true\n');
  });
});
