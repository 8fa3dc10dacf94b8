/** Which person and date are shown: in the address, so that back, forward and bookmarks work. */
import { useCallback, useEffect, useState } from 'preact/hooks';

export interface Choice {
  /** Undefined: the local person. */
  readonly user: string | undefined;
  /** Undefined: the last day with data, moving on with the calendar. */
  readonly date: string | undefined;
}

export function useChoice(): readonly [Choice, (choice: Choice) => void] {
  const [choice, setChoice] = useState(readAddress);
  useEffect(() => {
    const follow = () => setChoice(readAddress());
    addEventListener('popstate', follow);
    return () => removeEventListener('popstate', follow);
  }, []);
  const choose = useCallback((next: Choice) => {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(next)) if (value !== undefined) search.set(name, value);
    history.pushState(null, '', search.size === 0 ? '/' : `/?${search}`);
    setChoice(next);
  }, []);
  return [choice, choose];
}

function readAddress(): Choice {
  const search = new URLSearchParams(location.search);
  return { user: search.get('user') ?? undefined, date: search.get('date') ?? undefined };
}
