/** Copies that a deletion in the cloud does not reach, and when they are gone by themselves. */
import { DAY_MS, type ExpiringCopy, formatUtc, HOUR_MS } from '@kinetrack/schema';

export interface CopyAges {
  readonly streamRetentionHours?: number;
  readonly queryResultDays: number;
  readonly accessLogDays: number;
}

/** Of the summaries table, as `ActivityLake` sets them. */
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
              note: 'what is delivered out of it meanwhile, the daily sweep removes',
            },
          ]),
      { what: 'buffers of Firehose', gone_by: at(HOUR_MS), note: 'delivered, then swept' },
      {
        what: 'results of queries in Athena',
        gone_by: at(queryResultDays * DAY_MS),
        note: 'a copy that somebody downloaded is out of reach',
      },
      {
        what: 'backups of the summaries table',
        gone_by: at(BACKUP_DAYS * DAY_MS),
        note: 'point-in-time recovery; whoever restores the table must delete the person again',
      },
      {
        what: 'access logs of the lake',
        gone_by: at(accessLogDays * DAY_MS),
        note: 'keys of objects; those of screenshots hold the user id',
      },
      DEVICES,
    ];
  };

export const localCopies = (): readonly ExpiringCopy[] => [
  DEVICES,
  {
    what: 'backups of this folder',
    gone_by: null,
    note: 'made by other programs; they do not know of the deletion',
  },
];

const DEVICES: ExpiringCopy = {
  what: "queues of the person's devices",
  gone_by: null,
  note: 'events up to the deletion are swept when they arrive; uninstall the agent to remove them there',
};
