/** Copies of data that a deletion does not reach, with the time of their expiry. */
import { DAY_MS, type ExpiringCopy, formatUtc, HOUR_MS } from '@kinetrack/schema';

export interface CopyAges {
  readonly streamRetentionHours?: number;
  readonly queryResultDays: number;
  readonly accessLogDays: number;
}

/** Retention of point-in-time backups of the summaries table, as set by `ActivityLake`. */
const BACKUP_DAYS = 7;

export const cloudCopies =
  ({ streamRetentionHours, queryResultDays, accessLogDays }: CopyAges) =>
  (deletedBeforeMs: number): readonly ExpiringCopy[] => {
    const at = (ms: number): string => formatUtc(deletedBeforeMs + ms);
    return [
      ...(streamRetentionHours === undefined
        ? []
        : [
            {
              what: 'records in the stream',
              gone_by: at(streamRetentionHours * HOUR_MS),
              note: 'records delivered until then are deleted by the daily sweep',
            },
          ]),
      { what: 'Firehose buffers', gone_by: at(HOUR_MS), note: 'delivered, then swept' },
      {
        what: 'Athena query results',
        gone_by: at(queryResultDays * DAY_MS),
        note: 'downloaded results are out of reach',
      },
      {
        what: 'backups of the summaries table',
        gone_by: at(BACKUP_DAYS * DAY_MS),
        note: 'point-in-time recovery; repeat the deletion after a restore',
      },
      {
        what: 'access logs of the lake',
        gone_by: at(accessLogDays * DAY_MS),
        note: 'contain object keys; keys of screenshots contain the user ID',
      },
      DEVICES,
    ];
  };

export const localCopies = (): readonly ExpiringCopy[] => [
  DEVICES,
  {
    what: 'backups of this folder',
    gone_by: null,
    note: 'made by other programs; delete the data there yourself',
  },
];

const DEVICES: ExpiringCopy = {
  what: 'queues on the devices of the person',
  gone_by: null,
  note: 'events from before the deletion are swept on arrival; uninstall the agent to delete them on the device',
};
