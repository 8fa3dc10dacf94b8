/** Runs dynalite on a free port of loopback, in memory, and tells the parent its port. */
import dynalite from 'dynalite';

process.on('disconnect', () => process.exit());
const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') process.send?.(address.port);
});
