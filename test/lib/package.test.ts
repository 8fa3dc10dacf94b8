/** The packages as npm would publish them, in the app of somebody who has nothing else of this repository. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterTest } from '../runner/running-test.ts';
import { openXSession } from '../support/agent/x-session.ts';
import { repositoryPaths } from '../support/repository/source-tree.ts';

const run = promisify(execFile);

interface Resource {
  readonly Type: string;
  readonly Properties?: {
    readonly Description?: unknown;
    readonly Code?: { readonly S3Key?: string };
  };
}
const root = resolve('.');

/** Of either kind of app: what `npm init` writes is CommonJS. */
type Modules = 'module' | 'commonjs';

interface Tarball {
  readonly name: string;
  readonly path: string;
  readonly files: readonly string[];
}

/**
 * A clone as it is after `npm ci`, without anything that was ever built: what npm packs there, it has built itself.
 */
let clone: string;
const tarballs = new Map<string, Tarball>();
beforeAll(async () => {
  clone = await mkdtemp(join(tmpdir(), 'kinetrack-clone-'));
  for (const path of repositoryPaths()) {
    await mkdir(dirname(join(clone, path)), { recursive: true });
    await copyFile(join(root, path), join(clone, path));
  }
  await symlink(join(root, 'node_modules'), join(clone, 'node_modules'));
  for (const folder of ['schema', 'agent', 'lib']) tarballs.set(folder, await pack(folder));
});

afterAll(() => rm(clone, { recursive: true, force: true }));

/** Packs a workspace without network, as `npm publish` would. */
async function pack(folder: string): Promise<Tarball> {
  const { stdout } = await run('npm', ['pack', '--json', '--offline', '--pack-destination', clone], {
    cwd: join(clone, folder),
    env: { ...process.env, npm_config_update_notifier: 'false' },
  });
  const answer: unknown = JSON.parse(stdout.slice(stdout.search(/^[[{]/m)));
  const [packed] = Array.isArray(answer) ? answer : Object.values(answer ?? {});
  const { name, filename, files }: { name: string; filename: string; files: { path: string }[] } = packed;
  return { name, path: join(clone, filename), files: files.map(({ path }) => path) };
}

/** Unpacks a package below `node_modules` of the app. */
async function install(app: string, folder: string): Promise<readonly string[]> {
  const tarball = tarballs.get(folder);
  assert.ok(tarball, folder);
  const target = join(app, 'node_modules', tarball.name);
  await mkdir(target, { recursive: true });
  await run('tar', ['-xzf', tarball.path, '-C', target, '--strip-components=1']);
  return tarball.files;
}

/** What npm would have installed beside it. */
async function link(app: string, ...names: string[]): Promise<void> {
  for (const name of names) {
    const at = join(app, 'node_modules', name);
    const nested = join(root, 'agent/node_modules', name);
    await mkdir(dirname(at), { recursive: true });
    await symlink(existsSync(nested) ? nested : join(root, 'node_modules', name), at);
  }
}

async function emptyApp(type: Modules = 'module'): Promise<string> {
  const app = await mkdtemp(join(tmpdir(), 'kinetrack-consumer-'));
  await writeFile(join(app, 'package.json'), JSON.stringify({ type, private: true }));
  return app;
}

/** Runs a script of the app and gives what it printed. */
async function runScript(
  app: string,
  file: string,
  text: string,
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  await writeFile(join(app, file), text);
  const { stdout } = await run(process.execPath, [file], {
    cwd: app,
    env: { PATH: process.env.PATH, ...env },
  });
  return stdout;
}

/** The strictest of settings that a consumer may have. */
async function typecheck(app: string, file: string, options: Record<string, string> = {}): Promise<string> {
  await writeFile(
    join(app, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        ...{ target: 'ES2023', module: 'NodeNext', noEmit: true, ...options },
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

/** What TypeScript apps compile to CommonJS with: `cdk init` writes the first. */
const COMMONJS_SETTINGS: readonly Record<string, string>[] = [
  { module: 'NodeNext' },
  { module: 'Node16' },
  { module: 'CommonJS', moduleResolution: 'Bundler' },
];

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
      'LICENSE',
      'README.md',
      'dist/index.js',
      'dist/index.cjs',
      'dist/index.d.ts',
      'dist/index.d.cts',
      'dist/lambdas',
      'dist/dashboard',
    ]) {
      assert.ok(folders.has(wanted), wanted);
    }
    assert.deepEqual(
      files.filter((path) => /\.[cm]?tsx?$/.test(path) && !/\.d\.c?ts$/.test(path)),
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

  it('is one package for import and require, and synthesizes in a CommonJS app', async () => {
    const commonJs = await emptyApp('commonjs');
    afterTest(() => rm(commonJs, { recursive: true, force: true }));
    await install(commonJs, 'lib');
    await link(commonJs, 'aws-cdk-lib', 'constructs', '@types/node');
    const printed = await runScript(
      commonJs,
      'app.js',
      `const { App, Stack } = require('aws-cdk-lib');
       const required = require('@kinetrack/cdk');
       const app = new App({ outdir: 'cdk.out' });
       const pipeline = new required.ActivityPipeline(new Stack(app, 'Theirs'), 'Activity', { api: false });
       app.synth();
       import('@kinetrack/cdk').then((imported) => console.log(
         pipeline instanceof imported.ActivityPipeline,
         Object.keys(imported).length === Object.keys(required).length));`,
    );
    assert.equal(printed, 'true true\n');
    assert.ok(existsSync(join(commonJs, 'cdk.out/Theirs.template.json')));

    await writeFile(
      join(commonJs, 'app.ts'),
      `import { App, Stack } from 'aws-cdk-lib';
       import { ActivityPipeline } from '@kinetrack/cdk';
       export const pipeline = new ActivityPipeline(new Stack(new App(), 'Theirs'), 'Activity', { people: 300 });
       // @ts-expect-error there is no such option
       export const wrong = new ActivityPipeline(pipeline, 'Wrong', { peopel: 300 });`,
    );
    for (const settings of COMMONJS_SETTINGS) {
      assert.equal(await typecheck(commonJs, 'app.ts', settings), '', JSON.stringify(settings));
    }
  });
});

/** What a user writes first, in either kind of module. */
const TYPES_APP = `
  import { type ActivityEvent, ActivityTracker, type ActivityTrackerOptions, type TrackResult } from '@kinetrack/agent';
  import { ACTIVITY_TYPES, type ActivityType } from '@kinetrack/schema';

  export const types: readonly ActivityType[] = ACTIVITY_TYPES;
  export const options: ActivityTrackerOptions = { streamName: 'activity' };
  export async function main(): Promise<TrackResult> {
    const tracker = new ActivityTracker(options);
    const stop = tracker.on('event', (event: ActivityEvent) => console.log(event.ts));
    tracker.once('error', (error) => console.error(error.code, error.cause));
    stop();
    await tracker.start();
    await using scope = tracker;
    return await scope.track('done', { rows: 3, file: 'x' }, { redact: true });
  }

  // @ts-expect-error there is no such activity
  export const wrong: ActivityType = 'dreaming';
  // @ts-expect-error there is no such option
  export const unknown: ActivityTrackerOptions = { keystrokes: true };
  // @ts-expect-error a boolean is neither a string nor a number
  export const refused = (tracker: ActivityTracker) => tracker.track('done', { ok: true });`;

/** Starts a tracker on a display and prints what it can capture, then what it has delivered. */
const CAPTURE_SCRIPT = `
  const delivered = [];
  const sink = {
    name: 'test',
    close: async () => {},
    send: async (records) => records.map(({ line }) => {
      delivered.push(JSON.parse(line).activity_type);
      return { status: 'delivered' };
    }),
  };
  const run = async () => {
    const tracker = new ActivityTracker({ sink, dataDir: 'data-' + process.pid, keyStore: 'file' });
    await tracker.start();
    const { input, ...rest } = tracker.status().capabilities;
    const result = await tracker.track('done', { rows: 3 });
    await tracker.close();
    console.log(input.status, rest['active-window'].status, result.status, delivered.includes('custom'));
  };
  run();`;

describe('@kinetrack/agent and @kinetrack/schema, packed', () => {
  const DEPENDENCIES = ['zod', '@aws-sdk', '@smithy', 'https-proxy-agent', 'proxy-from-env', '@types/node'];
  const OPTIONAL = ['uiohook-napi', 'active-win'];
  const apps = new Map<Modules, string>();
  const appOf = (type: Modules): string => {
    const app = apps.get(type);
    assert.ok(app);
    return app;
  };
  beforeAll(async () => {
    for (const type of ['module', 'commonjs'] as const) {
      const app = await emptyApp(type);
      apps.set(type, app);
      await install(app, 'schema');
      await install(app, 'agent');
      await link(app, ...DEPENDENCIES, ...OPTIONAL);
    }
  });

  afterAll(async () => {
    for (const app of apps.values()) await rm(app, { recursive: true, force: true });
  });

  it('hold code, declarations and licence, and no sources', () => {
    for (const folder of ['schema', 'agent']) {
      const files = tarballs.get(folder)?.files ?? [];
      for (const wanted of ['LICENSE', 'README.md', 'dist/index.js', 'dist/index.cjs', 'dist/index.d.cts']) {
        assert.ok(files.includes(wanted), `${folder}: ${wanted}`);
      }
      assert.deepEqual(
        files.filter((path) => /\.[cm]?tsx?$/.test(path) && !/\.d\.c?ts$/.test(path)),
        [],
      );
    }
  });

  it('typecheck in strict TypeScript apps of both kinds, and refuse what they do not know', async () => {
    for (const type of ['module', 'commonjs'] as const) {
      const app = appOf(type);
      await writeFile(join(app, 'app.ts'), TYPES_APP);
      for (const settings of type === 'module' ? COMMONJS_SETTINGS.slice(0, 2) : COMMONJS_SETTINGS) {
        assert.equal(await typecheck(app, 'app.ts', settings), '', `${type} ${JSON.stringify(settings)}`);
      }
    }
  });

  it('are one module for import and require: a class of the one is the class of the other', async () => {
    const printed = await runScript(
      appOf('commonjs'),
      'same.js',
      `const agent = require('@kinetrack/agent');
       const schema = require('@kinetrack/schema');
       Promise.all([import('@kinetrack/agent'), import('@kinetrack/schema')]).then(([a, s]) => {
         const same = (x, y) => Object.keys(y).filter((name) => x[name] !== y[name]);
         console.log(JSON.stringify([same(agent, a), same(schema, s), same(a, agent), same(s, schema)]));
         try { new a.ActivityTracker({}); } catch (error) { console.log(error instanceof agent.OptionError, error.code); }
       });`,
    );
    assert.equal(printed, '[[],[],[],[]]\ntrue invalid_option\n');
  });

  it('capture and deliver from an ES module and from CommonJS, by the capture process of the package', async () => {
    const session = await openXSession();
    afterTest(() => session.close());
    const env = { ...session.env, HOME: appOf('module') };
    const esm = `import { ActivityTracker } from '@kinetrack/agent';${CAPTURE_SCRIPT}`;
    const cjs = `const { ActivityTracker } = require('@kinetrack/agent');${CAPTURE_SCRIPT}`;
    const expected = 'available available accepted true\n';
    assert.equal(await runScript(appOf('module'), 'capture.js', esm, env), expected);
    assert.equal(await runScript(appOf('commonjs'), 'capture.js', cjs, env), expected);
  });
});
