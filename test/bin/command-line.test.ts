/** The command line as a stranger meets it: help, wrong use, and what it says about both. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runCli, startCli, stopCli } from '../support/process/cli.ts';
import { tempDir } from '../support/process/temp-dir.ts';

const COMMANDS = [
  'start',
  'status',
  'doctor',
  'demo',
  'ingest',
  'rollup',
  'query',
  'verify',
  'dead-letters',
  'delete',
];
/** No display: these tests are about words, and must not listen to whoever works on this machine. */
const HEADLESS = { DISPLAY: undefined, WAYLAND_DISPLAY: undefined };

describe('help', () => {
  it('names every command and the exit codes', async () => {
    const { code, stdout } = await runCli(['--help']);
    assert.equal(code, 0);
    for (const command of COMMANDS) assert.match(stdout, new RegExp(`^  ${command}\\b`, 'm'));
    assert.match(stdout, /Exit codes: 0 success, 1 failure, 2 usage error/);
  });

  it('ends quietly if the reader of its output has enough', async () => {
    const entry = join(import.meta.dirname, '../../dist/kinetrack.js');
    const pipe = `'${process.execPath}' '${entry}' query --list | { exec 0<&-; sleep 2; }; exit "${'$'}{PIPESTATUS[0]}"`;
    const { stderr } = await promisify(execFile)('bash', ['-c', pipe]);
    assert.equal(stderr, '');
  });

  for (const command of COMMANDS) {
    it(`explains ${command}`, async () => {
      const { code, stdout } = await runCli([command, '--help']);
      assert.equal(code, 0);
      assert.match(stdout, new RegExp(`^Usage: kinetrack ${command}`));
    });
  }
});

describe('wrong use', () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['frobnicate'], /unknown command 'frobnicate'/],
    [['start', '--prot', '1'], /unknown option '--prot'\n\(Did you mean --port\?\)/],
    [['start', '--port', '70000'], /'70000' is invalid\. Must be a whole number from 0 to 65535/],
    [['start', '--port', '-1'], /whole number from 0 to 65535/],
    [['demo', '--people', 'many'], /Must be a whole number from 1 to 1000/],
    [['demo', '--until', 'yesterday'], /'yesterday' is invalid. Must be a date, such as 2026-11-20/],
    [['query', 'SELECT 1'], /--lake DIR is required\./],
    [['query', '--lake', 'no-such-lake', 'SELECT 1'], /no-such-lake: no such folder/],
    [['query', '--lake', '.', '--format', 'xml', 'SELECT 1'], /Allowed choices are table, csv, json/],
    [['rollup', '--lake', '.', '--from', 'yesterday'], /'yesterday' is invalid.*such as 2026-11-20/],
    [
      ['rollup', '--lake', '.', '--from', '2026-11-20', '--to', '2026-11-19'],
      /--from 2026-11-20T00:00:00.000Z must be before --to/,
    ],
    [['ingest', '--lake', 'x', 'no-such-file'], /no-such-file: no such file/],
  ];
  for (const [args, message] of cases) {
    it(`is refused with its rule: ${args.join(' ')}`, async () => {
      const { code, stderr } = await runCli(args);
      assert.match(stderr, message);
      assert.equal(code, 2);
    });
  }
});

describe('start', () => {
  it('runs without a display, and says in one sentence what is not captured and why', async () => {
    const agent = startCli(['start', '--data', await tempDir(), '--port', '0', '--no-open'], {
      env: HEADLESS,
    });
    const [, address = ''] = await agent.printed(/dashboard: (\S+)/);
    await agent.printed(/Press Ctrl\+C to stop/);
    // The launch address hands out the cookie and leads to the page.
    assert.equal((await fetch(address, { redirect: 'manual' })).status, 303);
    const { code, stdout } = await stopCli(agent);
    assert.equal(code, 0);
    assert.equal(stdout.match(/^Not captured: .*no display.*$/gm)?.length, 1);
  });

  it('refuses a data directory in use, and names the process and its address', async () => {
    const dataDir = await tempDir();
    const args = ['start', '--data', dataDir, '--port', '0', '--no-open'];
    const first = startCli(args, { env: HEADLESS });
    const [, address = ''] = await first.printed(/dashboard: (http:\/\/[^/]+\/)/);
    await first.printed(/Press Ctrl\+C to stop/);
    const second = await runCli(args, { env: HEADLESS });
    assert.equal(second.code, 1);
    assert.match(second.stderr, new RegExp(`in use by process ${first.child.pid} at ${address}`));
    const status = await runCli(['status', '--data', dataDir]);
    assert.match(status.stdout, new RegExp(`recording, process ${first.child.pid}`));
    await stopCli(first);
    assert.match((await runCli(['status', '--data', dataDir])).stdout, /not running/);
  });

  it('takes over the data directory of a killed process', async () => {
    const args = ['start', '--data', await tempDir(), '--port', '0', '--no-open'];
    const first = startCli(args, { env: HEADLESS });
    await first.printed(/Press Ctrl\+C to stop/);
    first.child.kill('SIGKILL');
    await first.finished;
    const second = startCli(args, { env: HEADLESS });
    await second.printed(/Press Ctrl\+C to stop/);
    assert.equal((await stopCli(second)).code, 0);
  });

  it('names a port in use, and the way out', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { code, stderr } = await runCli(
      ['start', '--data', await tempDir(), '--port', String(port), '--no-open'],
      { env: HEADLESS },
    );
    other.close();
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`port ${port}: .*--port N`));
  });

  it('names the field of a configuration file that breaks a rule, and leaves the file alone', async () => {
    const dataDir = await tempDir();
    await writeFile(join(dataDir, 'config.json'), '{"title_mode":"everything"}');
    const { code, stderr } = await runCli(['start', '--data', dataDir, '--port', '0'], { env: HEADLESS });
    assert.equal(code, 1);
    assert.match(
      stderr,
      /config\.json is not valid:\n {2}title_mode: .*full.*redacted.*off.*got "everything"/,
    );
  });

  it('names a configuration file that is not JSON', async () => {
    const dataDir = await tempDir();
    await writeFile(join(dataDir, 'config.json'), '{title_mode:');
    const { code, stderr } = await runCli(['start', '--data', dataDir, '--port', '0'], { env: HEADLESS });
    assert.equal(code, 1);
    assert.match(stderr, /config\.json is not JSON: .*delete it to use the defaults/);
  });

  it('says when the data directory cannot be one', async () => {
    const path = join(await tempDir(), 'file');
    await writeFile(path, '');
    const { code, stderr } = await runCli(['start', '--data', path, '--port', '0'], { env: HEADLESS });
    assert.equal(code, 1);
    assert.match(stderr, /file cannot be used as the data directory: .*Choose another folder with --data/);
    assert.doesNotMatch(stderr, /\n\s+at /);
  });
});

describe('doctor', () => {
  it('checks everything, and distinguishes limitations from failures', async () => {
    const dataDir = join(await tempDir(), 'new');
    const { code, stdout } = await runCli(['doctor', '--data', dataDir, '--port', '0'], { env: HEADLESS });
    assert.equal(code, 0);
    assert.match(stdout, /^ok +queries: DuckDB works/m);
    assert.match(stdout, /^ok +delivery: /m);
    assert.match(stdout, /^limited +capture of input: .*no display/m);
  });

  it('fails if the configuration is invalid', async () => {
    const dataDir = join(await tempDir(), 'data');
    await mkdir(dataDir);
    await writeFile(join(dataDir, 'config.json'), '[]');
    const { code, stdout } = await runCli(['doctor', '--data', dataDir, '--port', '0'], { env: HEADLESS });
    assert.equal(code, 1);
    assert.match(stdout, /^FAILED +configuration: .*config\.json/m);
  });
});
