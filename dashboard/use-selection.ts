/** The selected person and date. Stored in the address, so that back, forward and bookmarks work. */
import { useCallback, useEffect, useState } from 'preact/hooks';

export interface Selection {
  /** Undefined: the user's own data. */
  readonly user: string | undefined;
  /** Undefined: always the last day with data. */
  readonly date: string | undefined;
}

export function useSelection(): readonly [Selection, (selection: Selection) => void] {
  const [selection, setSelection] = useState(readAddress);
  useEffect(() => {
    const follow = () => setSelection(readAddress());
    addEventListener('popstate', follow);
    return () => removeEventListener('popstate', follow);
  }, []);
  const select = useCallback((next: Selection) => {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(next)) if (value !== undefined) search.set(name, value);
    history.pushState(null, '', search.size === 0 ? '/' : `/?${search}`);
    setSelection(next);
  }, []);
  return [selection, select];
}

function readAddress(): Selection {
  const search = new URLSearchParams(location.search);
  return { user: search.get('user') ?? undefined, date: search.get('date') ?? undefined };
}
