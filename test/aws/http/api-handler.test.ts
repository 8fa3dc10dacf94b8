import assert from 'node:assert/strict';
import { apiErrorBody, DEFAULT_RULES, daySummary, statusReport, usersReport } from '@kinetrack/schema';
import { apiHandler } from '../../../aws/http/api-handler.ts';
import type { Deletions, SummaryStore } from '../../../pipeline/lake/ports.ts';
import { httpEvent } from '../../support/aws/http-event.ts';
import { MemorySummaryStore } from '../../support/lake/memory-summary-store.ts';
import { minuteOf } from '../../support/lake/rollup-rows.ts';

const ada = { 'cognito:username': 'ada', 'cognito:groups': '[employee]' };
const admin = { 'cognito:username': 'root', 'cognito:groups': '[admin manager]' };

function setup(options: { readonly store?: SummaryStore; readonly deletions?: Deletions } = {}) {
  const logged: unknown[] = [];
  const log = (...line: unknown[]) => void logged.push(line);
  const minute = '2026-11-20T09:00:00.000Z';
  const answer = apiHandler({
    store: new MemorySummaryStore(['ada', 'a?b', 'ben'].map((user_id) => minuteOf(minute, { user_id }))),
    claims: { user: 'cognito:username', roles: 'cognito:groups' },
    rules: DEFAULT_RULES,
    now: () => Date.parse('2026-11-20T18:00:00.000Z'),
    log: { info: log, error: log },
    ...options,
  });
  const ask = async (...request: Parameters<typeof httpEvent>) => {
    const { statusCode, headers, body } = await answer(httpEvent(...request));
    return { status: statusCode, headers, body: JSON.parse(body ?? '') };
  };
  return { ask, answer, logged };
}

describe('the API behind a gateway', () => {
  it('returns the figures of the person in the claims', async () => {
    const { status, body } = await setup().ask('GET', '/summary/today', { claims: ada });
    assert.equal(status, 200);
    assert.equal(daySummary.parse(body).user, 'ada');
  });

  it('identifies nobody without claims', async () => {
    const { ask } = setup();
    for (const headers of [{}, { authorization: 'Bearer x', 'x-user': 'ada', cookie: 'user=ada' }]) {
      const { status, body } = await ask('GET', '/summary/today', { headers });
      assert.deepEqual([status, apiErrorBody.parse(body).error.code], [401, 'not_signed_in']);
    }
    assert.equal((await ask('GET', '/health')).status, 200);
  });

  it('shows an employee nobody else, and an administrator all', async () => {
    const { ask } = setup();
    assert.equal((await ask('GET', '/apps', { claims: ada, query: 'user=ben' })).status, 403);
    assert.equal((await ask('GET', '/apps', { claims: admin, query: 'user=ben' })).status, 200);
    const users = usersReport.parse((await ask('GET', '/users', { claims: admin })).body);
    assert.deepEqual(users, { users: ['a?b', 'ada', 'ben'], default_user: 'root' });
  });

  it('says that it knows nothing of capture and delivery', async () => {
    const status = statusReport.parse((await setup().ask('GET', '/status', { claims: ada })).body);
    assert.equal(status.delivery, null);
    assert.match(status.note ?? '', /computers that send to this deployment/);
  });

  it('deletes whom the path names as the gateway hands it over: decoded', async () => {
    const asked: string[] = [];
    const deletions: Deletions = {
      async request(userId) {
        asked.push(userId);
        return { id: 'd-1' };
      },
      find: async () => undefined,
    };
    const { ask } = setup({ deletions });
    for (const name of ['a?b', 'a#b', 'a%2Fb', '100%', 'Zoë Ü', 'ben@example.com']) {
      const query = `confirm=${encodeURIComponent(name)}`;
      const { status } = await ask('DELETE', `/admin/user/${name}`, { claims: admin, query });
      assert.equal(status, 202, name);
    }
    assert.deepEqual(asked, ['a?b', 'a#b', 'a%2Fb', '100%', 'Zoë Ü', 'ben@example.com']);
  });

  it('deletes nobody if the gateway has cut the path at a decoded question mark', async () => {
    const deletions: Deletions = { request: () => assert.fail('deleted'), find: async () => undefined };
    const query = `confirm=${encodeURIComponent('ben?x')}`;
    const { status, body } = await setup({ deletions }).ask('DELETE', '/admin/user/ben', {
      claims: admin,
      query,
    });
    assert.deepEqual([status, body.error.code], [400, 'not_confirmed']);
  });

  it('reports that deletion is not available', async () => {
    const { status } = await setup().ask('DELETE', '/admin/user/ben', {
      claims: admin,
      query: 'confirm=ben',
    });
    assert.equal(status, 501);
  });

  it('lets nothing of an answer run, be guessed at or be kept', async () => {
    const { ask } = setup();
    for (const claims of [ada, undefined]) {
      const { headers } = await ask('GET', '/users', claims === undefined ? {} : { claims });
      assert.equal(headers?.['x-content-type-options'], 'nosniff');
      assert.equal(headers?.['cache-control'], 'no-store');
      assert.match(String(headers?.['content-security-policy']), /^default-src 'none'/);
      assert.match(String(headers?.['content-type']), /^application\/json/);
    }
  });

  it('replaces an answer that the platform would cut off by what to do', async () => {
    const store = new MemorySummaryStore();
    store.users = async () => Array.from({ length: 450_000 }, (_, i) => `person-${i}`);
    const { status, body } = await setup({ store }).ask('GET', '/users', { claims: admin });
    assert.deepEqual([status, body.error.code], [400, 'answer_too_large']);
    store.users = async () => Array.from({ length: 100_000 }, (_, i) => `person-${i}@example.com`);
    assert.equal((await setup({ store }).ask('GET', '/users', { claims: admin })).status, 200);
  });

  it('logs figures, and nobody', async () => {
    const { ask, logged } = setup();
    await ask('GET', '/apps', { claims: admin, query: 'user=ben' });
    await ask('DELETE', '/admin/user/ben', { claims: ada, query: 'confirm=ben' });
    assert.equal(logged.length, 2);
    assert.doesNotMatch(JSON.stringify(logged), /ben|root|ada/);
  });

  it('answers HEAD without a body', async () => {
    const { statusCode, body } = await setup().answer(httpEvent('HEAD', '/health'));
    assert.deepEqual([statusCode, body], [200, '']);
  });
});
