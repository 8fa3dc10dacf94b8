/** A queue in memory that refuses events while `isRefusing` is set. */
import { memorySpool, type Spool } from '@kinetrack/agent';

export interface RefusingSpool {
  readonly spool: Spool;
  isRefusing: boolean;
}

export function refusingSpool(): RefusingSpool {
  const inner = memorySpool();
  const state = {
    isRefusing: false,
    spool: new Proxy(inner, {
      get(target, name) {
        if (name === 'append' && state.isRefusing) return () => Promise.reject(new Error('disk full'));
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    }),
  };
  return state;
}
