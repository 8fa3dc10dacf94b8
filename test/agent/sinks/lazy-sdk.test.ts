import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

test('reaches the AWS SDK by dynamic imports alone: who does not send to AWS does not load it', async () => {
  const { metafile } = await build({
    entryPoints: [fileURLToPath(new URL('../../../agent/src/sinks/index.ts', import.meta.url))],
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    write: false,
    metafile: true,
  });
  const kinds = Object.values(metafile.inputs).flatMap(({ imports }) =>
    imports.filter(({ path }) => /^@(aws-sdk|smithy)\//.test(path)).map(({ kind }) => kind),
  );
  assert.deepEqual(new Set(kinds), new Set(['dynamic-import']));
});
