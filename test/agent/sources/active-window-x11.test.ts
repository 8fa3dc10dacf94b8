/** Real windows on a real display. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { activeWindowSource } from '../../../agent/src/sources/active-window-source.ts';
import type { WindowSignal } from '../../../agent/src/sources/signals.ts';
import { openXSession, until, type XSession } from '../../support/agent/x-session.ts';
import { openXterm } from '../../support/agent/xterm-window.ts';

const SEEN_WITHIN_MS = 2000;
let session: XSession;
beforeAll(async () => {
  session = await openXSession();
});
afterAll(async () => {
  await session.close();
});

async function watch(pollIntervalMs = 1000) {
  const signals: WindowSignal[] = [];
  const source = activeWindowSource({
    pollIntervalMs,
    session: { platform: process.platform, env: session.env },
  });
  const capability = await source.start((signal) => signals.push(signal));
  assert.deepEqual(capability, { status: 'available' });
  const sees = async (app: string | null, title = '') => {
    const isSeen = () => {
      const last = signals.at(-1)?.window;
      return app === null ? last === null : last?.app === app && last.title === title;
    };
    await until(isSeen, SEEN_WITHIN_MS).catch(() =>
      assert.fail(`${app} ${title} not seen in ${SEEN_WITHIN_MS} ms, but ${JSON.stringify(signals.at(-1))}`),
    );
  };
  return { source, signals, sees };
}

test('reports each front window with its application and title', async () => {
  const { source, signals, sees } = await watch();
  await sees(null);
  const one = await openXterm(session, { title: 'first window' });
  await one.focus();
  await sees('XTerm', 'first window');
  const two = await openXterm(session, { title: 'second window', className: 'firefox-esr' });
  await two.focus();
  await sees('Firefox', 'second window');
  await one.focus();
  await sees('XTerm', 'first window');
  await one.close();
  await sees('Firefox', 'second window');
  await two.close();
  await sees(null);
  await source.close();
  assert.deepEqual(
    signals.map(({ window }) => window?.app ?? null),
    [null, 'XTerm', 'Firefox', 'XTerm', 'Firefox', null],
  );
});

test('reports a new front window without waiting for the next interval', async () => {
  const { source, sees } = await watch(3_600_000);
  const one = await openXterm(session, { title: 'one' });
  await one.focus();
  await sees('XTerm', 'one');
  const two = await openXterm(session, { title: 'two' });
  await two.focus();
  await sees('XTerm', 'two');
  await two.close();
  await one.close();
  await sees(null);
  await source.close();
});

test('a new title of the same window is seen', async () => {
  const { source, sees } = await watch();
  const window = await openXterm(session, { title: 'before' });
  await window.focus();
  await sees('XTerm', 'before');
  await window.setTitle('after');
  await sees('XTerm', 'after');
  await window.close();
  await source.close();
});

test('titles with equal signs, quotes and any language are whole', async () => {
  const { source, sees } = await watch();
  const window = await openXterm(session, { title: 'plain' });
  await window.focus();
  for (const title of ['a = "b" \\ c', 'Grüße — 日本語', "it's 100 %"]) {
    await window.setTitle(title);
    await sees('XTerm', title);
  }
  await window.close();
  await source.close();
});

test('a window that names no process is still seen', async () => {
  const { source, sees } = await watch();
  const window = await openXterm(session, { title: 'no process' });
  await promisify(execFile)('xprop', ['-id', window.id, '-remove', '_NET_WM_PID'], { env: session.env });
  await window.focus();
  await sees('XTerm', 'no process');
  await window.close();
  await source.close();
});

test('reports a closed display as null, with the reason', async () => {
  const other = await openXSession();
  const signals: WindowSignal[] = [];
  const source = activeWindowSource({
    session: { platform: process.platform, env: other.env },
    pollIntervalMs: 100,
  });
  const window = await openXterm(other, { title: 'there' });
  await window.focus();
  await source.start((signal) => signals.push(signal));
  assert.equal(signals.at(-1)?.window?.title, 'there');
  await other.close();
  await until(() => source.capability().status === 'unavailable', SEEN_WITHIN_MS);
  const capability = source.capability();
  assert.match(
    capability.status === 'unavailable' ? capability.reason : '',
    /The X display ":\d+" does not respond/,
  );
  assert.equal(signals.at(-1)?.window, null);
  await source.close();
});
