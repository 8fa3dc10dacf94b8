import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Bundles a script of test/support, for example `spool/spool-writer`: a child process then starts fast. */
export async function bundled(dir: string, script: string): Promise<string> {
  const outfile = join(dir, `${basename(script)}.mjs`);
  await build({
    entryPoints: [fileURLToPath(new URL(`../${script}.ts`, import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    // Native modules of the capture process: no child of a test captures.
    external: ['active-win', 'uiohook-napi'],
    // Dependencies of the AWS SDK load modules of Node.js by require().
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
  });
  return outfile;
}
