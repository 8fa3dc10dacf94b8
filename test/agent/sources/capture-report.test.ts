import assert from 'node:assert/strict';
import { captureReport } from '../../../agent/src/sources/capture-report.ts';
import { openXSession } from '../../support/agent/x-session.ts';

test('on a desktop everything is available, and nothing is left running', async () => {
  const x = await openXSession();
  const report = await captureReport({ session: { platform: process.platform, env: x.env } });
  await x.close();
  assert.deepEqual(report, [
    { name: 'input', capability: { status: 'available' } },
    { name: 'active-window', capability: { status: 'available' } },
  ]);
});

test('without a display each capture says why not, in one sentence', async () => {
  const report = await captureReport({ session: { platform: 'linux', env: {} } });
  assert.deepEqual(
    report.map(({ name }) => name),
    ['input', 'active-window'],
  );
  for (const { capability } of report) {
    assert.match(
      capability.status === 'unavailable' ? capability.reason : '',
      /^There is no display [^.]+\.$/,
    );
  }
});
