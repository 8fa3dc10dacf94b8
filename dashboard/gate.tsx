/** What stands before the figures: where they are, and who wants to see them. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { ownComputer, signedInAs } from './access.ts';
import { createApiClient } from './api-client.ts';
import { Dashboard } from './dashboard.tsx';
import { type Entry, enter, type Person } from './sign-in/enter.ts';
import { loadSite, type Site } from './site.ts';
import { ApiContext } from './use-api.ts';
import { useTheme } from './use-theme.ts';

type Opened =
  | { readonly kind: 'own_computer'; readonly site: Site }
  | { readonly kind: 'signing_in'; readonly site: Site; readonly entry: Entry }
  | { readonly kind: 'broken'; readonly message: string };

async function open(): Promise<Opened> {
  try {
    const site = await loadSite();
    if (site.sign_in === null) return { kind: 'own_computer', site };
    return { kind: 'signing_in', site, entry: await enter(site.sign_in) };
  } catch (error) {
    return { kind: 'broken', message: error instanceof Error ? error.message : String(error) };
  }
}

export function Gate() {
  const [opened, setOpened] = useState<Opened>();
  useEffect(() => {
    void open().then(setOpened);
  }, []);
  if (opened === undefined) return <Before />;
  switch (opened.kind) {
    case 'own_computer':
      return <Figures site={opened.site} person={undefined} />;
    case 'broken':
      return <Before title="The page could not be loaded" text={opened.message} />;
    case 'signing_in':
      return <SigningIn site={opened.site} entry={opened.entry} />;
  }
}

function SigningIn({ site, entry }: { readonly site: Site; readonly entry: Entry }) {
  const [problem, setProblem] = useState<string>();
  switch (entry.kind) {
    case 'signed_in':
      return <Figures site={site} person={entry.person} />;
    case 'leaving':
      return <Before />;
    case 'signed_out':
    case 'failed': {
      const signIn = () =>
        void entry.signIn().catch((error: unknown) => {
          setProblem(error instanceof Error ? error.message : String(error));
        });
      const message = problem ?? (entry.kind === 'failed' ? entry.message : undefined);
      return message === undefined ? (
        <Before title="You are signed out" text="Close this tab, or sign in again." onSignIn={signIn} />
      ) : (
        <Before title="You are not signed in" text={message} onSignIn={signIn} isFailure />
      );
    }
  }
}

interface FiguresProps {
  readonly site: Site;
  /** Undefined on one's own computer. */
  readonly person: Person | undefined;
}

function Figures({ site, person }: FiguresProps) {
  const client = useMemo(
    () => createApiClient(site.api, person === undefined ? ownComputer : signedInAs(person)),
    [site, person],
  );
  return (
    <ApiContext.Provider value={client}>
      <Dashboard person={person} />
    </ApiContext.Provider>
  );
}

interface BeforeProps {
  readonly title?: string;
  readonly text?: string;
  readonly isFailure?: boolean;
  onSignIn?(): void;
}

/** Without a title: it will be over in a moment. */
function Before({ title, text, isFailure = false, onSignIn }: BeforeProps) {
  useTheme();
  return (
    <div class="page">
      <header class="top">
        <div class="brand">
          <img src="/favicon.svg" alt="" width="32" height="32" />
          <span>Kinetrack</span>
        </div>
      </header>
      <main>
        {title === undefined ? (
          <p class="loading">Loading …</p>
        ) : (
          <section
            class="panel empty"
            data-testid="signed-out"
            role={isFailure ? 'alert' : undefined}
            data-failed={isFailure}
          >
            <h1>{title}</h1>
            <p>{text}</p>
            {onSignIn !== undefined && (
              <button type="button" class="button primary" onClick={onSignIn}>
                Sign in
              </button>
            )}
          </section>
        )}
      </main>
    </div>
  );
}
