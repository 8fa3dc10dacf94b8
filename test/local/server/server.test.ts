import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Hono } from 'hono';
import { systemRuntime } from '../../../agent/src/runtime.ts';
import { type RunningServer, startServer } from '../../../local/server/index.ts';

const SECRET = 'ada spent 2 h in Code';
const api = new Hono();
api.get('/summary/today', (context) => context.json({ secret: SECRET }));
api.get('/echo/:name', (context) => context.text(context.req.param('name')));

const scratch = mkdtempSync(join(tmpdir(), 'kinetrack-server-'));
const assetsDir = mkdtempSync(join(tmpdir(), 'kinetrack-assets-'));
writeFileSync(join(assetsDir, 'index.html'), `<!doctype html><title>page ${SECRET}</title>`);
writeFileSync(join(assetsDir, 'app.js'), `// ${SECRET}`);
writeFileSync(join(assetsDir, 'notes.txt'), SECRET);
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
  rmSync(assetsDir, { recursive: true, force: true });
});

const dataDir = (name: string): string => join(scratch, name);
const start = (name: string, port = 0): Promise<RunningServer> =>
  startServer({ api, assetsDir, dataDir: dataDir(name), port, runtime: systemRuntime });

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** A request whose path and headers go over the wire as they are written here. */
function ask(
  server: RunningServer,
  path: string,
  options: { readonly method?: string; readonly headers?: http.OutgoingHttpHeaders } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(server.url);
    const request = http.request({ host: '127.0.0.1', port, path, agent: false, ...options }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    request.on('error', reject).end();
  });
}

const tokenOf = (server: RunningServer): string => new URL(server.launchUrl).searchParams.get('token') ?? '';
const bearer = (server: RunningServer) => ({ authorization: `Bearer ${tokenOf(server)}` });
async function signIn(server: RunningServer): Promise<string> {
  const { headers } = await ask(server, `/?token=${tokenOf(server)}`);
  return headers['set-cookie']?.[0]?.split(';')[0] ?? '';
}

describe('the local server', () => {
  let server: RunningServer;
  let cookie: string;
  beforeAll(async () => {
    server = await start('main');
    cookie = await signIn(server);
  });
  afterAll(() => server.close());

  it('turns the launch address into a cookie that scripts cannot read and other sites cannot send', async () => {
    const { status, headers } = await ask(server, `/?token=${tokenOf(server)}`);
    assert.equal(status, 303);
    assert.equal(headers.location, '/');
    const set = headers['set-cookie']?.[0] ?? '';
    assert.match(set, /^kinetrack_[0-9a-f]{12}=/);
    assert.match(set, /; HttpOnly/);
    assert.match(set, /; SameSite=Strict/);
    assert.doesNotMatch(set, /Domain=/i);
    assert.ok(!set.includes(tokenOf(server)));
  });

  it('opens with the same launch address again', async () => {
    assert.notEqual(await signIn(server), '');
    assert.equal(await signIn(server), cookie);
  });

  it('answers page, files and API to the cookie, and the API to a bearer token', async () => {
    assert.match((await ask(server, '/', { headers: { cookie } })).body, /<title>page/);
    assert.match((await ask(server, '/app.js', { headers: { cookie } })).body, /^\/\//);
    assert.match((await ask(server, '/summary/today', { headers: { cookie } })).body, /spent/);
    assert.match((await ask(server, '/summary/today', { headers: bearer(server) })).body, /spent/);
  });

  it('forbids inline code, framing, sniffing, caching and referrers on every answer', async () => {
    for (const path of ['/', '/app.js', '/summary/today', '/nothing', '//']) {
      const { headers } = await ask(server, path, { headers: { cookie } });
      assert.equal(
        headers['content-security-policy'],
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'",
      );
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['cache-control'], 'no-store');
      assert.equal(headers['referrer-policy'], 'no-referrer');
      assert.equal(headers['access-control-allow-origin'], undefined);
    }
  });

  it('shows a page that explains how to open the dashboard if the key is missing', async () => {
    const { status, headers, body } = await ask(server, '/', { headers: { accept: 'text/html,*/*' } });
    assert.equal(status, 401);
    assert.match(headers['content-type'] ?? '', /^text\/html/);
    assert.match(body, /Open the address printed by <code>kinetrack start/);
    assert.ok(!body.includes(SECRET));
  });

  it('serves only the kinds of files that a page consists of', async () => {
    const { status, body } = await ask(server, '/notes.txt', { headers: { cookie } });
    assert.equal(status, 404);
    assert.ok(!body.includes(SECRET));
  });

  it('answers HEAD like GET, without a body', async () => {
    const { status, body, headers } = await ask(server, '/summary/today', {
      method: 'HEAD',
      headers: { cookie },
    });
    assert.equal(status, 200);
    assert.equal(body, '');
    assert.match(headers['content-type'] ?? '', /json/);
  });

  describe('refuses, with the value, the rule and the remedy,', () => {
    const own = () => new URL(server.url).host;
    const cases: readonly {
      readonly name: string;
      readonly path: string;
      readonly method?: string;
      readonly headers: () => http.OutgoingHttpHeaders;
      readonly status: number;
      readonly message: RegExp;
    }[] = [
      ...['/summary/today', '/', '/app.js', '/nothing'].map((path) => ({
        name: `a rebound DNS name on ${path}`,
        path,
        headers: () => ({ cookie, host: `attacker.example:${new URL(server.url).port}` }),
        status: 403,
        message: /Host "attacker\.example:\d+": this server only accepts 127\.0\.0\.1:\d+ and localhost/,
      })),
      {
        name: 'our name with another port',
        path: '/summary/today',
        headers: () => ({ cookie, host: '127.0.0.1:1' }),
        status: 403,
        message: /Host "127\.0\.0\.1:1"/,
      },
      {
        name: 'a name that only begins like ours',
        path: '/summary/today',
        headers: () => ({ cookie, host: own().replace(':', '.attacker.example:') }),
        status: 403,
        message: /attacker/,
      },
      {
        name: 'a foreign origin',
        path: '/summary/today',
        headers: () => ({ cookie, origin: 'https://attacker.example' }),
        status: 403,
        message: /Origin "https:\/\/attacker\.example": only pages of http:\/\/127/,
      },
      {
        name: 'an opaque origin',
        path: '/summary/today',
        headers: () => ({ cookie, origin: 'null' }),
        status: 403,
        message: /Origin "null"/,
      },
      {
        name: 'our other name as origin',
        path: '/summary/today',
        headers: () => ({ cookie, origin: server.url.replace('127.0.0.1', 'localhost').slice(0, -1) }),
        status: 403,
        message: /Origin "http:\/\/localhost/,
      },
      ...['cross-site', 'same-site', 'nonsense'].map((site) => ({
        name: `Sec-Fetch-Site ${site}`,
        path: '/app.js',
        headers: () => ({ cookie, 'sec-fetch-site': site }),
        status: 403,
        message: new RegExp(`Sec-Fetch-Site "${site}"`),
      })),
      {
        name: 'a launch that another site started',
        path: '/?token=TOKEN',
        headers: () => ({ 'sec-fetch-site': 'cross-site' }),
        status: 403,
        message: /links from other sites are blocked/,
      },
      ...['/summary/today', '/', '/app.js', '/nothing'].map((path) => ({
        name: `no key at all on ${path}`,
        path,
        headers: () => ({}),
        status: 401,
        message: /address printed by `kinetrack start`/,
      })),
      {
        name: 'a wrong token',
        path: '/?token=guess',
        headers: () => ({}),
        status: 401,
        message: /no valid credentials/,
      },
      {
        name: 'a wrong cookie',
        path: '/summary/today',
        headers: () => ({ cookie: `${cookie}x` }),
        status: 401,
        message: /no valid credentials/,
      },
      {
        name: 'the cookie value as a bearer token',
        path: '/summary/today',
        headers: () => ({ authorization: `Bearer ${cookie.split('=')[1] ?? ''}` }),
        status: 401,
        message: /no valid credentials/,
      },
      {
        name: 'a token in the address of the API',
        path: '/summary/today?token=TOKEN',
        headers: () => ({}),
        status: 401,
        message: /no valid credentials/,
      },
      ...[
        '//summary/today',
        '/%73ummary/today',
        '/summary%2ftoday',
        '/summary//today',
        '/summary/./today',
        '/assets/../summary/today',
        '/assets/%2e%2e/summary/today',
        '/../package.json',
        '/summary/today/',
        '/summary/today;x',
        '/.hidden',
        '/echo/caf%C3%A9',
        '//?token=TOKEN',
      ].flatMap((path) =>
        [() => ({}), () => ({ cookie })].map((headers) => ({
          name: `the spelling ${path} ${Object.keys(headers()).length === 0 ? 'without' : 'with'} a key`,
          path,
          headers,
          status: 400,
          message: /must consist of plain segments/,
        })),
      ),
      ...['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE'].map((method) => ({
        name: `the method ${method}`,
        path: '/summary/today',
        method,
        headers: () => ({ cookie }),
        status: 405,
        message: new RegExp(`${method}: this path only supports GET and HEAD`),
      })),
    ];
    for (const { name, path, method, headers, status, message } of cases) {
      it(name, async () => {
        const target = path.replace('TOKEN', tokenOf(server));
        const answer = await ask(server, target, { headers: headers(), ...(method && { method }) });
        assert.equal(answer.status, status);
        assert.match(JSON.parse(answer.body).error.message, message);
        assert.ok(!answer.body.includes(SECRET));
        assert.equal(answer.headers['set-cookie'], undefined);
      });
    }
  });

  it('refuses an absolute request target and a second Host header', async () => {
    const { host, port } = new URL(server.url);
    const lines = (first: string, ...more: string[]) =>
      [first, ...more, `Cookie: ${cookie}`, 'Connection: close', '', ''].join('\r\n');
    for (const raw of [
      lines(`GET http://attacker.example/summary/today HTTP/1.1`, `Host: ${host}`),
      lines(`GET http://${host}/summary/today HTTP/1.1`, `Host: attacker.example`),
      lines(`GET /summary/today HTTP/1.1`, `Host: ${host}`, 'Host: attacker.example'),
      lines(`GET /summary/today HTTP/1.1`, 'Host: attacker.example', `Host: ${host}`),
      lines(`GET /summary\\..\\today HTTP/1.1`, `Host: ${host}`),
      lines(`GET /summary/today HTTP/1.0`),
    ]) {
      const answer = await sendRaw(Number(port), raw);
      assert.match(answer, /^HTTP\/1\.1 40[03]/, raw);
      assert.ok(!answer.includes(SECRET));
    }
  });

  it('listens on 127.0.0.1 alone', async () => {
    const port = Number(new URL(server.url).port);
    await assert.rejects(sendRaw(port, 'GET / HTTP/1.0\r\n\r\n', '127.0.0.2'), { code: 'ECONNREFUSED' });
  });

  it('names the port, the rule and the remedy when the port is taken, and leaves the other one alone', async () => {
    const port = Number(new URL(server.url).port);
    await assert.rejects(start('main', port), {
      code: 'port_unavailable',
      message: `port ${port}: in use by another program. Choose another port with --port N (0: any free port).`,
    });
    assert.equal(readFileSync(join(dataDir('main'), 'launch-token'), 'utf8'), tokenOf(server));
    assert.equal((await ask(server, '/summary/today', { headers: bearer(server) })).status, 200);
  });
});

describe('the keys', () => {
  it('lie in files that only their owner can read', async () => {
    const server = await start('modes');
    for (const file of ['launch-token', 'dashboard-key']) {
      assert.equal(statSync(join(dataDir('modes'), file)).mode & 0o777, 0o600, file);
    }
    await server.close();
  });

  it('keep a browser signed in over a restart, while the printed address changes', async () => {
    const first = await start('restart');
    const cookie = await signIn(first);
    await first.close();
    const second = await start('restart');
    assert.equal((await ask(second, '/summary/today', { headers: { cookie } })).status, 200);
    assert.notEqual(tokenOf(second), tokenOf(first));
    assert.equal((await ask(second, `/?token=${tokenOf(first)}`)).status, 401);
    await second.close();
  });

  it('are worth nothing to another installation', async () => {
    const [one, two] = await Promise.all([start('one'), start('two')]);
    const cookie = await signIn(one);
    assert.notEqual(cookie.split('=')[0], (await signIn(two)).split('=')[0]);
    assert.equal((await ask(two, '/summary/today', { headers: { cookie } })).status, 401);
    await Promise.all([one.close(), two.close()]);
  });

  it('are refused, not shortened, when the key file is damaged', async () => {
    await (await start('damaged')).close();
    writeFileSync(join(dataDir('damaged'), 'dashboard-key'), 'abc');
    await assert.rejects(
      start('damaged'),
      /dashboard-key: contains 2 bytes, but a key has 32\. Delete the file/,
    );
  });

  it('go with the process: the token file is removed at the end', async () => {
    const server = await start('gone');
    await server.close();
    await server.close();
    assert.throws(() => statSync(join(dataDir('gone'), 'launch-token')), { code: 'ENOENT' });
    await assert.rejects(ask(server, '/'), { code: 'ECONNREFUSED' });
  });
});

describe('a start that cannot work', () => {
  it('says how to build a page that is missing', async () => {
    const options = { api, dataDir: dataDir('no-page'), port: 0, runtime: systemRuntime };
    await assert.rejects(
      startServer({ ...options, assetsDir: join(scratch, 'none') }),
      /the built dashboard \(index\.html\) is missing; run `npm run build`/,
    );
  });

  it('refuses a port that is none', async () => {
    await assert.rejects(
      start('bad-port', 70_000),
      /port 70000: a port must be a whole number from 0 to 65535/,
    );
  });
});

function sendRaw(port: number, text: string, host = '127.0.0.1'): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = net.connect(port, host, () => socket.write(text));
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.on('end', () => resolve(answer)).on('error', reject);
    // A server that neither answers nor hangs up fails the test instead of holding it.
    socket.setTimeout(5000, () => socket.destroy(new Error(`no end after: ${answer}`)));
  });
}
