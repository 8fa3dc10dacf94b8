/** The gap check: which numbers of each device lie in a lake, which are missing, and which of those are explained. */

import { relative } from 'node:path';
import { LAKE_PREFIXES } from '@kinetrack/schema';
import { COMPLETENESS_SQL } from '../../pipeline/queries/completeness.ts';
import { FileObjectStore } from '../stores/object-store.ts';
import { openLake } from '../stores/query-engine.ts';
import { type DeviceCompleteness, devicesOf, type Verification } from './device-completeness.ts';

export interface VerifyOptions {
  /** Folder of the lake; must exist. */
  readonly lakeDir: string;
  /** Only this one. @defaultValue every device */
  readonly deviceId?: string | undefined;
  /** Also numbers below the first one of the lake count as missing. @defaultValue false */
  readonly fromFirst?: boolean | undefined;
}

/** A bound and nothing that is taken ahead: a process that ends with its answer may use more than one beside the agent. */
const MEMORY_LIMIT_MB = 4096;

/** @throws QueryError where the lake cannot be read */
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

/** The condition reaches the scan: what is known of other devices takes no memory. */
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
