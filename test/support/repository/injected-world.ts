/** Finds calls that reach for time, timers, identities or randomness where a Runtime has to be injected. */
import { transform } from 'esbuild';

/** setImmediate is missing on purpose: it yields a turn and knows no time. */
const AMBIENT =
  /\bDate\.now\b|\bnew Date(?:\(\s*\)|(?!\s*\())|\bDate\(\s*\)|\bset(?:Timeout|Interval)\b|\bMath\.random\b|\brandomUUID\b|\brandomBytes\b|\bperformance\b|\bhrtime\b|node:timers/g;

/** Such calls in a module, comments and types left aside. */
export async function ambientCallsOf(path: string, text: string): Promise<readonly string[]> {
  const { code } = await transform(text, {
    loader: path.endsWith('x') ? 'tsx' : 'ts',
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
    sourcefile: path,
    legalComments: 'none',
  });
  return [...code.replace(/\/\*[\s\S]*?\*\//g, '').matchAll(AMBIENT)].map(([call]) => call);
}
