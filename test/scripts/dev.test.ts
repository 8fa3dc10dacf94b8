/** `npm run dev` and `npm start` in a copy of this repository: real builds, real processes, real edits. */
import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningCli, runCli, startCli, stopCli } from '../support/process/cli.ts';
import { copyRepository } from '../support/repository/checkout.ts';

describe('npm run dev and npm start', () => {
  let checkout: string;
  let data: string;
  const started: RunningCli[] = [];
  beforeAll(() => {
    checkout = copyRepository();
    data = mkdtempSync(join(tmpdir(), 'kinetrack-dev-'));
  });
  afterAll(async () => {
    // After a failed assertion.
    for (const each of started) if (each.child.exitCode === null) await stopCli(each);
    for (const folder of [checkout, data]) rmSync(folder, { recursive: true, force: true });
  });

  const run = (script: string, args: readonly string[]): RunningCli => {
    const running = startCli(args, {
      script: join(checkout, 'scripts', script),
      cwd: checkout,
      env: { DISPLAY: undefined },
    });
    started.push(running);
    return running;
  };
  /** The address printed at the n-th start. */
  const addressOf = async (running: RunningCli, start: number): Promise<string> => {
    const [, address = ''] = await running.printed(
      new RegExp(`(?:dashboard: (\\S+)[\\s\\S]*?Ctrl\\+C to stop[\\s\\S]*?){${start}}`),
    );
    return address;
  };
  const pageAt = async (launchUrl: string): Promise<string> => {
    const { origin, searchParams } = new URL(launchUrl);
    const headers = { authorization: `Bearer ${searchParams.get('token')}` };
    return (await fetch(`${origin}/`, { headers })).text();
  };

  it('reports a missing build', async () => {
    const { code, stderr } = await runCli(['start'], { script: join(checkout, 'scripts/start.mjs') });
    assert.equal(code, 1);
    assert.match(stderr, /there is no build\. Run `npm run build`/);
  });

  it('restarts on a change, keeps the process when a build fails, and stops it', async () => {
    const dev = run('dev.mjs', ['--data', data, '--port', '0', '--no-open']);
    const first = await addressOf(dev, 1);
    assert.doesNotMatch(await pageAt(first), /from a later build/);

    const page = join(checkout, 'dashboard/public/index.html');
    writeFileSync(page, readFileSync(page, 'utf8').replace('</head>', '<!-- from a later build --></head>'));
    const second = await addressOf(dev, 2);
    await dev.printed(/changed: dashboard\/public\/index\.html\n/);
    assert.match(await pageAt(second), /from a later build/);
    await assert.rejects(fetch(first), 'the previous process has ended');

    const source = join(checkout, 'local/host.ts');
    const good = readFileSync(source, 'utf8');
    appendFileSync(source, 'const = ;\n');
    await dev.printed(/the build failed\. The previous build keeps running/);
    assert.match(await pageAt(second), /from a later build/);

    writeFileSync(source, good);
    const third = await addressOf(dev, 3);
    assert.match(await pageAt(third), /from a later build/);

    const { code } = await stopCli(dev);
    assert.equal(code, 0);
    await assert.rejects(fetch(third), 'the process has ended too');
  });

  it('reports a source that is newer than the build, and nothing otherwise', async () => {
    const current = run('start.mjs', ['start', '--data', data, '--port', '0', '--no-open']);
    await addressOf(current, 1);
    assert.doesNotMatch((await stopCli(current)).stderr, /older/);

    const soon = new Date(Date.now() + 1_000);
    utimesSync(join(checkout, 'agent/src/version.ts'), soon, soon);
    const { code, stderr } = await runCli(['start', '--help'], {
      script: join(checkout, 'scripts/start.mjs'),
    });
    assert.equal(code, 0);
    assert.equal(
      stderr,
      'kinetrack: the build is older than agent/src/version.ts. ' +
        'Run `npm run build`, or `npm run dev` to rebuild on every change.\n',
    );
  });
});
