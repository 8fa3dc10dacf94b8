/** Runs kinesis-local on loopback alone (it binds every interface by itself) and tells the parent its port. */
import { createRequire } from 'node:module';
import net from 'node:net';
import { dirname } from 'node:path';

const require = createRequire(import.meta.url);
const main = require.resolve('kinesis-local/main.js');
// It reads its certificate, server.json, from the working folder.
process.chdir(dirname(main));
process.on('disconnect', () => process.exit());

/** What it would listen on for plain HTTP; the other server is for TLS. */
const PLAIN_PORT = 4568;
process.env.KINESIS_MOCK_PLAIN_PORT = String(PLAIN_PORT);

const listen = net.Server.prototype.listen;
/** @this {net.Server} @param {unknown[]} given */
net.Server.prototype.listen = function (...given) {
  const ready = given.find((argument) => typeof argument === 'function');
  if (ready) this.once('listening', ready);
  this.once('listening', () => {
    const address = this.address();
    if (given[0] === PLAIN_PORT && typeof address === 'object') process.send?.(address?.port);
  });
  return listen.call(this, { host: '127.0.0.1', port: 0 });
};
require(main);
