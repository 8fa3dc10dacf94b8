/** Settings of `kinetrack start` from the command line, the environment and the file. */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { INSTALLATION_SETTINGS, parseEventLine } from '@kinetrack/schema';
import { runCli, startCli, stopCli } from '../support/process/cli.ts';
import { tempDir } from '../support/process/temp-dir.ts';

const HEADLESS = { DISPLAY: undefined, WAYLAND_DISPLAY: undefined };

async function configured(config: object) {
  const dataDir = join(await tempDir(), 'data');
  await mkdir(dataDir, { mode: 0o700 });
  await writeFile(join(dataDir, 'config.json'), `\uFEFF${JSON.stringify(config)}`);
  return { dataDir, args: ['start', '--data', dataDir, '--port', '0', '--no-open'] };
}

async function eventsIn(folder: string) {
  const names = (await readdir(folder)).filter((name) => name.includes('jsonl'));
  const texts = await Promise.all(
    names.map(async (name) => {
      const bytes = await readFile(join(folder, name));
      return name.endsWith('.gz') ? gunzipSync(bytes).toString() : bytes.toString();
    }),
  );
  return texts
    .flatMap((text) => text.split('\n').filter((line) => line !== ''))
    .map((line) => {
      const event = parseEventLine(line);
      assert.ok(event.ok);
      return event.value;
    });
}

describe('kinetrack start', () => {
  it('uses each setting from the first source that has it', async () => {
    const { dataDir, args } = await configured({
      detail: 'events',
      title_mode: 'full',
      user_id: 'file',
      idle_threshold_s: 1.001,
      destination: { kind: 'file', dir: 'out' },
    });
    const env = { ...HEADLESS, KINETRACK_DETAIL: 'counts', KINETRACK_TITLE_MODE: 'redacted' };
    const agent = startCli([...args, '--title-mode', 'off'], { env });
    await agent.printed(/Press Ctrl\+C to stop/);
    assert.equal((await stopCli(agent)).code, 0);
    const start = (await eventsIn(join(dataDir, 'out'))).find(
      (event) => event.activity_type === 'system' && event.kind === 'start',
    );
    assert.ok(start?.activity_type === 'system');
    assert.deepEqual(
      [start.user_id, start.detail.detail, start.detail.title_mode],
      ['file', 'counts', 'off'],
    );
  });

  it('names the source, the value and the rule of an invalid setting', async () => {
    const { dataDir, args } = await configured({ mouse_move_interval_ms: 1 });
    const file = await runCli(args, { env: HEADLESS });
    assert.equal(file.code, 1);
    assert.ok(file.stderr.includes(join(dataDir, 'config.json')), file.stderr);
    assert.match(
      file.stderr,
      /mouse_move_interval_ms: must be a whole number from 50 to 60000; got 1; leave it out/,
    );

    const { args: others } = await configured({});
    const variable = await runCli(others, { env: { ...HEADLESS, KINETRACK_QUEUE_MAX_MIB: '1.5' } });
    assert.equal(variable.code, 1);
    assert.match(
      variable.stderr,
      /the variable KINETRACK_QUEUE_MAX_MIB is "1\.5": must be a whole number from 2/,
    );

    const option = await runCli([...others, '--title-mode', 'none'], { env: HEADLESS });
    assert.equal(option.code, 2);
    assert.match(option.stderr, /--title-mode must be one of "full", "redacted", "off"/);
  });

  it('names the key of the file and not the option of a sink', async () => {
    const url = 'http://track.example';
    const { dataDir, args } = await configured({ destination: { kind: 'http', url } });
    const insecure = await runCli(args, { env: { ...HEADLESS, KINETRACK_DEVICE_TOKEN: 'ktd_token' } });
    assert.equal(insecure.code, 1);
    assert.ok(insecure.stderr.includes(`${join(dataDir, 'config.json')}: destination.url is "${url}"`));

    const token = await runCli(args, { env: { ...HEADLESS, KINETRACK_DEVICE_TOKEN: 'not a token' } });
    assert.equal(token.code, 1);
    assert.match(token.stderr, /the variable KINETRACK_DEVICE_TOKEN: token has 11 characters/);
    assert.ok(!token.stderr.includes('not a token'));
  });

  it('lists every setting in its help', async () => {
    const { code, stdout } = await runCli(['start', '--help']);
    assert.equal(code, 0);
    for (const { flag } of INSTALLATION_SETTINGS) assert.ok(stdout.includes(`${flag} <`), flag);
  });
});

describe('kinetrack dead-letters', () => {
  it('reads the setting of the key store from a variable', async () => {
    const { dataDir } = await configured({});
    const run = (value: string) =>
      runCli(['dead-letters', '--data', dataDir], { env: { KINETRACK_KEY_STORE: value } });
    assert.equal((await run('file')).code, 0);
    const wrong = await run('vault');
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /the variable KINETRACK_KEY_STORE is "vault": must be one of "auto", "file"/);
  });
});

describe('kinetrack doctor', () => {
  it('names the settings of file and environment, and fails for an invalid variable', async () => {
    const { dataDir } = await configured({ detail: 'counts' });
    const run = (value: string) =>
      runCli(['doctor', '--data', dataDir, '--port', '0'], {
        env: { ...HEADLESS, KINETRACK_USER_ID: value },
      });
    assert.match(
      (await run('ada')).stdout,
      /configuration: config\.json sets detail; variables set user_id$/m,
    );
    const wrong = await run('x'.repeat(129));
    assert.equal(wrong.code, 1);
    assert.match(
      wrong.stdout,
      /^FAILED +configuration: the variable KINETRACK_USER_ID is "x+\.\.\.: must be/m,
    );
  });
});
