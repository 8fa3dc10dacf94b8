/** The one request to the local server that changes something. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { Hono } from 'hono';
import { systemRuntime } from '../../../agent/src/runtime.ts';
import { startServer } from '../../../local/server/index.ts';
import { afterTest } from '../../runner/running-test.ts';
import { tempDir } from '../../support/process/temp-dir.ts';

const MARKED = { 'x-kinetrack': '1', accept: 'application/json' };

async function server() {
  const dir = await tempDir();
  writeFileSync(join(dir, 'index.html'), '<!doctype html>');
  const deleted: string[] = [];
  const api = new Hono();
  api.delete('/admin/user/:user', (context) => {
    deleted.push(context.req.param('user'));
    return context.json({ deletion: 'd-1', status: 'accepted' }, 202);
  });
  const running = await startServer({ api, assetsDir: dir, dataDir: dir, port: 0, runtime: systemRuntime });
  afterTest(() => running.close());
  const { port } = new URL(running.url);
  const token = new URL(running.launchUrl).searchParams.get('token') ?? '';
  const ask = (method: string, path: string, headers: http.OutgoingHttpHeaders) =>
    new Promise<http.IncomingMessage>((resolve, reject) => {
      const options = { host: '127.0.0.1', port, method, path, headers, agent: false } as const;
      http
        .request(options, (response) => resolve(response.resume()))
        .on('error', reject)
        .end();
    });
  const { headers } = await ask('GET', `/?token=${token}`, {});
  const cookie = headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  const remove = async (path: string, more: http.OutgoingHttpHeaders) =>
    (await ask('DELETE', path, more)).statusCode;
  return { remove, deleted, cookie, bearer: `Bearer ${token}` };
}

test('a deletion passes with a key and the header that only a page of its own can send', async () => {
  const { remove, deleted, cookie, bearer } = await server();
  for (const key of [{ cookie }, { authorization: bearer }]) {
    assert.equal(await remove('/admin/user/ben?confirm=ben', { ...key, ...MARKED }), 202);
  }
  assert.deepEqual(deleted, ['ben', 'ben']);
});

test('accepts any user ID in a deletion, percent-encoded', async () => {
  const { remove, deleted, cookie } = await server();
  const people = ['ada@example.com', 'Ada Müller', 'o\'brien/1 "x"', '.hidden'];
  for (const user of people) {
    assert.equal(await remove(`/admin/user/${encodeURIComponent(user)}`, { cookie, ...MARKED }), 202, user);
  }
  assert.deepEqual(deleted, people);
});

const REFUSED: readonly (readonly [
  name: string,
  status: number,
  path: string,
  headers: http.OutgoingHttpHeaders,
])[] = [
  ['without the header', 403, '/admin/user/ben', { 'x-kinetrack': undefined }],
  ['with another header', 403, '/admin/user/ben', { 'x-kinetrack': '0' }],
  ['that asks for a page', 403, '/admin/user/ben', { accept: 'text/html' }],
  ['of another site', 403, '/admin/user/ben', { origin: 'https://attacker.example' }],
  ['that another site led to', 403, '/admin/user/ben', { 'sec-fetch-site': 'cross-site' }],
  ['under a foreign name', 403, '/admin/user/ben', { host: 'attacker.example' }],
  ['without a key', 401, '/admin/user/ben', { cookie: undefined }],
  ['in another spelling', 400, '/admin/user/%62en', {}],
  ['in lower-case escapes', 400, '/admin/user/m%c3%bcller', {}],
  ['in broken escapes', 400, '/admin/user/%ff', {}],
  ['above the people', 400, '/admin/user/%2E%2E', {}],
  ['of a path below', 405, '/admin/user/ben/apps', {}],
  ['of nobody', 405, '/admin/user', {}],
  ['of everything', 405, '/', {}],
];
for (const [name, status, path, headers] of REFUSED) {
  test(`a deletion ${name} does not pass`, async () => {
    const { remove, deleted, cookie } = await server();
    const sent = Object.entries({ cookie, ...MARKED, ...headers }).filter(([, value]) => value !== undefined);
    assert.equal(await remove(path, Object.fromEntries(sent)), status);
    assert.deepEqual(deleted, []);
  });
}
