/** Who may do what, as one table: it is written out here a second time, by hand. */
import assert from 'node:assert/strict';
import { apiErrorBody, DEFAULT_RULES, ROLES, type Role, usersReport } from '@kinetrack/schema';
import { ACCESS, type Caller, createApi, OPEN_ROUTES } from '../../../pipeline/api/index.ts';
import type { Deletions } from '../../../pipeline/lake/ports.ts';
import { emptyReceipt } from '../../support/lake/deletion-receipt.ts';
import { MemorySummaryStore } from '../../support/lake/memory-summary-store.ts';
import { ADA, minuteOf } from '../../support/lake/rollup-rows.ts';

const MINUTE = '2026-11-20T09:00:00.000Z';

function apiFor(caller: Caller | undefined) {
  const asked: unknown[] = [];
  const deletions: Deletions = {
    request: async (...request) => {
      asked.push(request);
      return { id: 'd-1' };
    },
    find: async (id) => (id === 'd-1' ? emptyReceipt(id) : undefined),
  };
  const api = createApi({
    store: new MemorySummaryStore([minuteOf(MINUTE), minuteOf(MINUTE, { user_id: 'ben' })]),
    callerOf: () => caller,
    now: () => Date.parse('2026-11-20T18:00:00.000Z'),
    status: async () => ({ recording: 'off', note: null, captures: [], delivery: null }),
    rules: DEFAULT_RULES,
    utcOffsetMin: () => 60,
    deletions,
  });
  const ask = async (question: string) => {
    const [method = '', path = ''] = question.split(' ');
    const response = await api.request(path, { method });
    return { status: response.status, body: await response.text() };
  };
  return { api, ask, asked };
}

const as = (...roles: readonly Role[]): Caller => ({ userId: ADA, roles });

/** Statuses for an employee, a manager, an administrator, someone without a role, and nobody. */
const EXPECTED: readonly (readonly [question: string, ...statuses: readonly number[]])[] = [
  ['GET /health', 200, 200, 200, 200, 200],
  ['GET /status', 200, 200, 200, 403, 401],
  ['GET /users', 200, 200, 200, 403, 401],
  ['GET /summary/today', 200, 200, 200, 403, 401],
  [`GET /summary/today?user=${ADA}`, 200, 200, 200, 403, 401],
  ['GET /summary/today?user=ben', 403, 200, 200, 403, 401],
  ['GET /summary/today?user=nobody', 403, 404, 404, 403, 401],
  ['GET /timeline', 200, 200, 200, 403, 401],
  ['GET /timeline?user=ben', 403, 200, 200, 403, 401],
  ['GET /apps', 200, 200, 200, 403, 401],
  ['GET /apps?user=ben', 403, 200, 200, 403, 401],
  ['GET /daily', 200, 200, 200, 403, 401],
  ['GET /daily?user=ben', 403, 200, 200, 403, 401],
  [`GET /minutes/${MINUTE}`, 200, 200, 200, 403, 401],
  [`GET /minutes/${MINUTE}?user=ben`, 403, 200, 200, 403, 401],
  ['DELETE /admin/user/ben?confirm=ben', 403, 403, 202, 403, 401],
  [`DELETE /admin/user/${ADA}?confirm=${ADA}`, 403, 403, 202, 403, 401],
  ['GET /admin/deletions/d-1', 403, 403, 200, 403, 401],
];
const CALLERS = [as('employee'), as('manager'), as('admin'), as(), undefined];

describe('the table of access', () => {
  it('has a row for every route, and a route for every row', () => {
    const routes = apiFor(undefined).api.routes.map(({ method, path }) => `${method} ${path}`);
    assert.deepEqual([...routes].sort(), [...OPEN_ROUTES, ...Object.keys(ACCESS)].sort());
  });

  it('is tried out on every route', () => {
    const tried = new Set(EXPECTED.map(([question]) => question.split('?')[0]));
    for (const route of [...OPEN_ROUTES, ...Object.keys(ACCESS)]) {
      const pattern = new RegExp(`^${route.replace(/:\w+/g, '[^/]+')}$`);
      assert.ok(
        [...tried].some((question) => pattern.test(question ?? '')),
        route,
      );
    }
  });

  for (const [question, ...statuses] of EXPECTED) {
    it(`answers ${question} with ${statuses.join(', ')} for ${ROLES.join(', ')}, no role, nobody`, async () => {
      const got = await Promise.all(CALLERS.map((caller) => apiFor(caller).ask(question)));
      assert.deepEqual(
        got.map(({ status }) => status),
        statuses,
      );
      for (const { status, body } of got) if (status >= 400) apiErrorBody.parse(JSON.parse(body));
    });
  }

  it('applies the strongest of several roles', async () => {
    assert.equal((await apiFor(as('employee', 'manager')).ask('GET /apps?user=ben')).status, 200);
  });
});

describe('an employee', () => {
  const { ask } = apiFor(as('employee'));

  it('is answered the same about people with figures and people without', async () => {
    for (const route of ['/summary/today', '/timeline', '/apps', '/daily', `/minutes/${MINUTE}`]) {
      const [real, invented] = [await ask(`GET ${route}?user=ben`), await ask(`GET ${route}?user=zoe`)];
      assert.equal(real.body.replace('ben', 'zoe'), invented.body);
    }
  });

  it('sees nobody else in the list of people', async () => {
    const users = usersReport.parse(JSON.parse((await ask('GET /users')).body));
    assert.deepEqual(users, { users: [ADA], default_user: ADA });
  });

  it('is refused other spellings of the own name', async () => {
    for (const user of [ADA.toUpperCase(), `${ADA}%20`, `${ADA}%00`]) {
      if (user === ADA) continue;
      assert.equal((await ask(`GET /apps?user=${user}`)).status, 403);
    }
    assert.equal((await ask(`GET /apps?user=${ADA}&user=ben`)).status, 400);
  });
});

describe('deletion', () => {
  it('requires the name twice, and records the requester', async () => {
    const { ask, asked } = apiFor(as('admin'));
    const { status, body } = await ask('DELETE /admin/user/a%2Fb%3F%25?confirm=a%2Fb%3F%25');
    assert.deepEqual([status, JSON.parse(body)], [202, { deletion: 'd-1', status: 'accepted' }]);
    assert.deepEqual(asked, [['a/b?%', ADA]]);
  });

  it('is refused if the second name is missing or different', async () => {
    const { ask, asked } = apiFor(as('admin'));
    for (const query of ['', '?confirm=', '?confirm=bena', '?confirm=Ben', '?confirm=ben&confirm=ben']) {
      assert.equal((await ask(`DELETE /admin/user/ben${query}`)).status, 400, query);
    }
    assert.deepEqual(asked, []);
  });

  it('finds no receipt outside the place of receipts', async () => {
    const { ask } = apiFor(as('admin'));
    assert.equal((await ask('GET /admin/deletions/d-2')).status, 404);
    for (const id of ['..%2Fd-1', 'd-1.json', 'x'.repeat(65)]) {
      assert.equal((await ask(`GET /admin/deletions/${id}`)).status, 400, id);
    }
  });
});
