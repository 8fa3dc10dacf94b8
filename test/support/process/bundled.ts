import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** A script of test/support (`spool/spool-writer`) as one file: for a child that is started often. */
export async function bundled(dir: string, script: string): Promise<string> {
  const outfile = join(dir, `${basename(script)}.mjs`);
  await build({
    entryPoints: [fileURLToPath(new URL(`../${script}.ts`, import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    // Of the capture of this machine, which no child of a test does.
    external: ['active-win', 'uiohook-napi'],
    // What the AWS SDK is made of asks for the modules of Node.js by require().
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
  });
  return outfile;
}
