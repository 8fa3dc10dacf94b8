import type { ObjectStore } from '../lake/ports.ts';

/** The store as a dry run sees it: everything can be read, nothing changes. */
export const withoutWrites = (store: ObjectStore): ObjectStore => ({
  read: (key) => store.read(key),
  list: (prefix) => store.list(prefix),
  put: () => Promise.resolve(),
  delete: () => Promise.resolve(),
});
