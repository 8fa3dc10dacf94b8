/** Entry of the page: loads its settings, signs the user in, then shows the dashboard. */
import { render } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { createApiClient } from './api-client.ts';
import { cookieCredentials, tokenCredentials } from './credentials.ts';
import { Dashboard } from './dashboard.tsx';
import { type Person, resumeOrSignIn, type SignInState } from './sign-in/sign-in.ts';
import { loadSite, type Site } from './site.ts';
import { ApiContext } from './use-api.ts';
import { useTheme } from './use-theme.ts';

type AppState =
  | { readonly kind: 'this_computer'; readonly site: Site }
  | { readonly kind: 'signing_in'; readonly site: Site; readonly signIn: SignInState }
  | { readonly kind: 'broken'; readonly message: string };

async function load(): Promise<AppState> {
  try {
    const site = await loadSite();
    if (site.sign_in === null) return { kind: 'this_computer', site };
    return { kind: 'signing_in', site, signIn: await resumeOrSignIn(site.sign_in) };
  } catch (error) {
    return { kind: 'broken', message: error instanceof Error ? error.message : String(error) };
  }
}

function App() {
  const [state, setState] = useState<AppState>();
  useEffect(() => {
    void load().then(setState);
  }, []);
  if (state === undefined) return <MessagePage />;
  switch (state.kind) {
    case 'this_computer':
      return <ConnectedDashboard site={state.site} person={undefined} />;
    case 'broken':
      return <MessagePage title="The page could not be loaded" text={state.message} />;
    case 'signing_in':
      return <SigningIn site={state.site} state={state.signIn} />;
  }
}

function SigningIn({ site, state }: { readonly site: Site; readonly state: SignInState }) {
  const [problem, setProblem] = useState<string>();
  switch (state.kind) {
    case 'signed_in':
      return <ConnectedDashboard site={site} person={state.person} />;
    case 'leaving':
      return <MessagePage />;
    case 'signed_out':
    case 'failed': {
      const signIn = () =>
        void state.signIn().catch((error: unknown) => {
          setProblem(error instanceof Error ? error.message : String(error));
        });
      const message = problem ?? (state.kind === 'failed' ? state.message : undefined);
      return message === undefined ? (
        <MessagePage title="You are signed out" text="Close this tab, or sign in again." onSignIn={signIn} />
      ) : (
        <MessagePage title="You are not signed in" text={message} onSignIn={signIn} isFailure />
      );
    }
  }
}

interface ConnectedDashboardProps {
  readonly site: Site;
  /** Undefined for a dashboard of this computer. */
  readonly person: Person | undefined;
}

function ConnectedDashboard({ site, person }: ConnectedDashboardProps) {
  const client = useMemo(
    () => createApiClient(site.api, person === undefined ? cookieCredentials : tokenCredentials(person)),
    [site, person],
  );
  return (
    <ApiContext.Provider value={client}>
      <Dashboard person={person} />
    </ApiContext.Provider>
  );
}

interface MessagePageProps {
  readonly title?: string;
  readonly text?: string;
  readonly isFailure?: boolean;
  onSignIn?(): void;
}

/** A page without the dashboard. Without a title, it says that the page is loading. */
function MessagePage({ title, text, isFailure = false, onSignIn }: MessagePageProps) {
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

const root = document.getElementById('app');
if (root !== null) render(<App />, root);
