/** The dbt project of analytics/: built and tested by DuckDB over a lake, compiled for Athena. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { tempDir } from '../support/process/temp-dir.ts';
import { demoLake } from './support/demo-lake.ts';
import { startMoto } from './support/moto.ts';
import { dbt } from './support/tools.ts';

const PROJECT = fileURLToPath(new URL('../../analytics', import.meta.url));
const results = z.object({
  results: z.array(z.object({ unique_id: z.string(), status: z.string(), message: z.string().nullable() })),
});

interface Run {
  readonly exitCode: number;
  readonly output: string;
  /** `model.kinetrack.stg_samples` to `success`. */
  readonly statuses: ReadonlyMap<string, string>;
}

describe('the dbt project', () => {
  let dir: string;
  let lake: string;
  beforeAll(async () => {
    dir = await tempDir();
    lake = join(dir, 'lake');
    await demoLake({ dir: lake, people: 3, days: 3, anyEvents: 0 });
  });

  it('builds every model and passes every test over a lake', async () => {
    const { exitCode, output, statuses } = await run(dir, ['build', '--target', 'duckdb'], {
      KINETRACK_LAKE: lake,
    });

    assert.equal(exitCode, 0, output);
    const kinds = (kind: string) =>
      [...statuses].filter(([id]) => id.startsWith(`${kind}.`)).map(([, status]) => status);
    assert.ok(kinds('model').length >= 10 && kinds('model').every((status) => status === 'success'), output);
    assert.ok(kinds('test').length >= 20 && kinds('test').every((status) => status === 'pass'), output);
  });

  it('fails if the rollups do not match the raw events', async () => {
    await rm(join(lake, 'raw/activity_type=sample'), { recursive: true });

    const broken = await run(dir, ['build', '--target', 'duckdb', '--full-refresh'], {
      KINETRACK_LAKE: lake,
    });

    assert.notEqual(broken.exitCode, 0, broken.output);
  });

  it('compiles for Athena', async () => {
    const moto = await startMoto();
    const dir = await tempDir();

    const { exitCode, output, statuses } = await run(dir, ['compile', '--target', 'athena'], moto.env);

    assert.equal(exitCode, 0, output);
    assert.ok(statuses.size >= 10, output);
    const text = await readFile(
      join(dir, 'target/compiled/kinetrack/models/marts/fct_daily_activity.sql'),
      'utf8',
    );
    assert.doesNotMatch(text, /read_parquet|read_json|\{\{/);
  });
});

/** Runs dbt with everything that it writes in a folder of the test. */
async function run(
  dir: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Run> {
  await mkdir(dir, { recursive: true });
  const target = join(dir, 'target');
  const { exitCode, output } = await new Promise<{ exitCode: number; output: string }>((resolve) => {
    execFile(
      dbt(),
      [
        ...['--no-use-colors', ...args],
        ...['--project-dir', PROJECT, '--profiles-dir', PROJECT],
        ...['--target-path', target, '--log-path', join(dir, 'logs')],
      ],
      {
        cwd: dir,
        maxBuffer: 64 << 20,
        env: { ...process.env, KINETRACK_DBT_FILE: join(dir, 'marts.duckdb'), ...env },
      },
      (error, stdout, stderr) => {
        const code = typeof error?.code === 'number' ? error.code : 1;
        resolve({ exitCode: error === null ? 0 : code, output: stdout + stderr });
      },
    );
  });
  const text = await readFile(join(target, 'run_results.json'), 'utf8').catch(() => '{"results":[]}');
  const statuses = new Map(
    results.parse(JSON.parse(text)).results.map((each) => [each.unique_id, each.status]),
  );
  return { exitCode, output, statuses };
}
