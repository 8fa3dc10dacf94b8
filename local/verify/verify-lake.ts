/** Checks the numbers (seq) of each device in a lake for unexplained gaps. */

import { relative } from 'node:path';
import { LAKE_PREFIXES } from '@kinetrack/schema';
import { COMPLETENESS_SQL } from '../../pipeline/queries/completeness.ts';
import { FileObjectStore } from '../stores/object-store.ts';
import { openLake } from '../stores/query-engine.ts';
import { type DeviceCompleteness, devicesOf, type Verification } from './device-completeness.ts';

export interface VerifyOptions {
  /** Existing lake folder. */
  readonly lakeDir: string;
  /** @defaultValue all devices */
  readonly deviceId?: string | undefined;
  /** Whether numbers below the first one in the lake count as missing. @defaultValue false */
  readonly fromFirst?: boolean | undefined;
}

/** An upper bound, not an allocation. The process ends after the query, so it can use more than the agent's. */
const MEMORY_LIMIT_MB = 4096;

/** @throws QueryError if the lake cannot be read */
export async function verifyLake({
  lakeDir,
  deviceId,
  fromFirst = false,
}: VerifyOptions): Promise<Verification> {
  const lake = await openLake({ lakeDir, memoryLimitMb: MEMORY_LIMIT_MB });
  try {
    const { columns, rows } = await lake.query(sqlFor(deviceId));
    const devices = devicesOf(
      rows.map((row) => Object.fromEntries(columns.map((name, index) => [name, row[index]]))),
    );
    const damaged = lake.damagedFiles.map((path) => relative(lakeDir, path));
    const errors = await countObjects(lakeDir, LAKE_PREFIXES.errors);
    const nothingArrived = devices.length === 0 && errors > 0 && deviceId === undefined;
    return {
      lake: lakeDir,
      complete:
        damaged.length === 0 && !nothingArrived && devices.every((device) => isExplained(device, fromFirst)),
      devices,
      damaged_objects: damaged,
      error_objects: errors,
    };
  } finally {
    await lake.close();
  }
}

/** DuckDB applies the condition during the scan, so other devices need no memory. */
const sqlFor = (deviceId: string | undefined): string =>
  deviceId === undefined
    ? COMPLETENESS_SQL
    : `SELECT * FROM (${COMPLETENESS_SQL}) AS completeness WHERE device_id = '${deviceId.replaceAll("'", "''")}'`;

const isExplained = ({ missing, reused, before_lake }: DeviceCompleteness, fromFirst: boolean): boolean =>
  missing.events === 0 && reused.events === 0 && (!fromFirst || before_lake.events === 0);

async function countObjects(lakeDir: string, prefix: string): Promise<number> {
  let count = 0;
  for await (const _ of new FileObjectStore(lakeDir).list(prefix)) count += 1;
  return count;
}
