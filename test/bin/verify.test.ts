/** The gap check as it is typed. */
import assert from 'node:assert/strict';
import { arrive, numbers } from '../support/lake/arrived-events.ts';
import { DEVICE, SECOND_DEVICE } from '../support/lake/sample-factory.ts';
import { runCli } from '../support/process/cli.ts';
import { tempDir } from '../support/process/temp-dir.ts';

describe('verify', () => {
  it('ends with 0 and a table where nothing is unexplained', async () => {
    const lake = await tempDir();
    await arrive(lake, 'a', numbers(1, 50));
    const { code, stdout, stderr } = await runCli(['verify', '--lake', lake]);
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(
      stdout,
      /^device +first +last +present +missing +dropped +copies +from \(UTC\) +to \(UTC\)$/m,
    );
    assert.match(
      stdout,
      new RegExp(`^${DEVICE} +1 +50 +50 +0 +0 +0 +2026-11-20 09:00 +2026-11-20 09:00$`, 'm'),
    );
    assert.match(stdout, /^Complete: 1 device/m);
  });

  it('ends with 1 if numbers are missing, as text and as JSON', async () => {
    const lake = await tempDir();
    await arrive(lake, 'a', [...numbers(1, 50), { seq: 52 }]);
    const asText = await runCli(['verify', '--lake', lake]);
    assert.equal(asText.code, 1);
    assert.match(asText.stdout, /1 event is missing without explanation:\n {4}51, about/);
    const asJson = await runCli(['verify', '--lake', lake, '--json']);
    assert.equal(asJson.code, 1);
    const { complete, devices } = JSON.parse(asJson.stdout);
    assert.equal(complete, false);
    assert.deepEqual([devices[0].device_id, devices[0].missing.ranges[0].from_seq], [DEVICE, 51]);
  });

  it('counts from the first number only on request', async () => {
    const lake = await tempDir();
    await arrive(lake, 'a', numbers(8, 9));
    assert.equal((await runCli(['verify', '--lake', lake])).code, 0);
    assert.equal((await runCli(['verify', '--lake', lake, '--from-first'])).code, 1);
  });

  it('ends with 2 for a folder or a device that is not there', async () => {
    const lake = await tempDir();
    await arrive(lake, 'a', [1]);
    const folder = await runCli(['verify', '--lake', `${lake}/nowhere`]);
    assert.equal(folder.code, 2);
    assert.match(folder.stderr, /no such folder/);
    const device = await runCli(['verify', '--lake', lake, '--device', SECOND_DEVICE]);
    assert.equal(device.code, 2);
    assert.match(device.stderr, /the lake has no event of this device/);
    assert.equal((await runCli(['verify'])).code, 2);
  });

  it('prints its query, which returns the same on the command line', async () => {
    const lake = await tempDir();
    await arrive(lake, 'a', [1, 2, 4]);
    const { code, stdout: sql } = await runCli(['verify', '--sql']);
    assert.equal(code, 0);
    const { stdout } = await runCli(['query', '--lake', lake, '--format', 'csv', sql]);
    assert.deepEqual(
      stdout
        .trim()
        .split(/\r?\n/)
        .map((line) => line.split(',').slice(1, 6).join(' ')),
      ['status reason from_seq to_seq events', 'present  1 2 2', 'missing  3 3 1', 'present  4 4 1'],
    );
  });
});
