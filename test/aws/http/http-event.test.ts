import assert from 'node:assert/strict';
import { requestOf, responseOf } from '../../../aws/http/http-event.ts';
import { httpEvent } from '../../support/aws/http-event.ts';

const pathnameOf = (rawPath: string) => new URL(requestOf(httpEvent('GET', rawPath)).request.url).pathname;

describe('an event of an HTTP API', () => {
  it('has its decoded path encoded again', () => {
    assert.equal(pathnameOf('/admin/user/a?b#c d%20é'), '/admin/user/a%3Fb%23c%20d%2520%C3%A9');
    assert.equal(pathnameOf('/minutes/2026-11-20T09:00:00.000Z'), '/minutes/2026-11-20T09%3A00%3A00.000Z');
  });

  it('keeps its query as it came', () => {
    const { request } = requestOf(httpEvent('GET', '/apps', { query: 'user=a%26b%3D&from=2026-11-20' }));
    const query = new URL(request.url).searchParams;
    assert.deepEqual([query.get('user'), query.get('from')], ['a&b=', '2026-11-20']);
  });

  it('never treats its path as another host', () => {
    const { request } = requestOf(httpEvent('GET', '//attacker.example/x'));
    assert.equal(new URL(request.url).host, 'api.invalid');
  });

  it('returns the body as bytes', async () => {
    const body = Uint8Array.from([0, 255, 31, 139]);
    const { request } = requestOf(httpEvent('POST', '/track', { body }));
    assert.deepEqual(new Uint8Array(await request.arrayBuffer()), body);
  });

  it('returns claims that the authorizer verified, and none without an authorizer', () => {
    const claims = { sub: 'x', 'cognito:groups': '[admin]' };
    assert.deepEqual(requestOf(httpEvent('GET', '/apps', { claims })).claims, claims);
    assert.equal(requestOf(httpEvent('GET', '/health')).claims, undefined);
  });

  it('of another kind is refused', () => {
    for (const event of [{}, { Records: [] }, { ...httpEvent('GET', '/x'), version: '1.0' }]) {
      assert.throws(() => requestOf(event), { name: 'ZodError' });
    }
  });
});

describe('an answer', () => {
  it('is measured as it travels: with its quotes escaped once more', async () => {
    const quotes = await responseOf(Response.json('"'.repeat(1_800_000)));
    const letters = await responseOf(Response.json('x'.repeat(5_400_000)));
    assert.deepEqual([quotes.statusCode, letters.statusCode], [400, 200]);
  });
});
