/** The summary store in SQL, with parameters. Bounds on partitions keep the number of opened files low. */
import { type HourRow, hourRow, type MinuteRow, minuteRow, utcHourOf } from '@kinetrack/schema';
import type { SummaryStore } from '../../pipeline/lake/ports.ts';

export type RunRows = (sql: string, values: readonly string[]) => Promise<readonly Record<string, unknown>[]>;

/** A local date overlaps the UTC day before and after it: offsets range from -14 to +14 hours. */
const IN_PARTITIONS = `dt BETWEEN CAST(CAST($2 AS DATE) - 1 AS VARCHAR) AND CAST(CAST($3 AS DATE) + 1 AS VARCHAR)`;

const HOURS_SQL = `SELECT user_id, local_date, local_hour, app, site, state,
  CAST(sum(seconds) AS INTEGER) AS seconds, CAST(sum(keys) AS BIGINT) AS keys, CAST(sum(clicks) AS BIGINT) AS clicks,
  CAST(sum(scrolls) AS BIGINT) AS scrolls, CAST(sum(distance_px) AS BIGINT) AS distance_px
FROM hours
WHERE user_id = $1 AND ${IN_PARTITIONS} AND local_date BETWEEN $2 AND $3
GROUP BY ALL
ORDER BY local_date, local_hour, app NULLS FIRST, site NULLS FIRST, state`;

const MINUTES = `SELECT ${Object.keys(minuteRow.shape)
  .map((name) => (name === 'minute' ? "strftime(minute, '%Y-%m-%dT%H:%M:%S.%gZ') AS minute" : name))
  .join(', ')}
FROM minutes AS source
WHERE user_id = $1`;
const OF_DATE = `${MINUTES} AND ${IN_PARTITIONS} AND local_date BETWEEN $2 AND $3`;
const OF_MINUTE = `${MINUTES} AND dt = $2 AND hour = $3 AND source.minute = CAST($4 AS TIMESTAMP)`;
const IN_ORDER = 'ORDER BY source.minute, device_id, app NULLS FIRST, site NULLS FIRST, rule';
const LAST = `ORDER BY source.minute DESC, device_id DESC, app DESC NULLS LAST, site DESC NULLS LAST, rule DESC
LIMIT 1`;

export function summariesOf(run: RunRows): SummaryStore {
  return {
    async users() {
      const rows = await run('SELECT DISTINCT user_id FROM hours ORDER BY user_id', []);
      return rows.map(({ user_id }) => String(user_id));
    },
    async span(userId) {
      const [row] = await run(
        'SELECT min(local_date) AS first, max(local_date) AS last FROM hours WHERE user_id = $1',
        [userId],
      );
      return typeof row?.first === 'string' && typeof row.last === 'string'
        ? { first: row.first, last: row.last }
        : undefined;
    },
    async hours(userId, fromDate, toDate): Promise<readonly HourRow[]> {
      return hourRow.array().parse(await run(HOURS_SQL, [userId, fromDate, toDate]));
    },
    async minutes(userId, date): Promise<readonly MinuteRow[]> {
      return minuteRow.array().parse(await run(`${OF_DATE} ${IN_ORDER}`, [userId, date, date]));
    },
    async lastMinute(userId, date): Promise<MinuteRow | undefined> {
      const [last] = await run(`${OF_DATE} ${LAST}`, [userId, date, date]);
      return last && minuteRow.parse(last);
    },
    async minute(userId, minute): Promise<readonly MinuteRow[]> {
      const { dt, hour } = utcHourOf(minute);
      return minuteRow.array().parse(await run(`${OF_MINUTE} ${IN_ORDER}`, [userId, dt, hour, minute]));
    },
  };
}
