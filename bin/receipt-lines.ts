/** A deletion receipt as text. */
import type { DeletionReceipt } from '@kinetrack/schema';

export function describeReceipt(receipt: DeletionReceipt): string {
  const { removed, dry_run: isDryRun } = receipt;
  const events = Object.entries(removed.events);
  const line = (name: string, value: string | number): string => `${name.padEnd(22)}${value}`;
  const sum = events.reduce((total, [, count]) => total + count, 0);
  const byType = events.map(([type, count]) => `${count} ${type}`).join(', ');
  return [
    isDryRun ? 'Dry run, nothing was changed. To be deleted:' : `Deletion ${receipt.id} finished. Deleted:`,
    line('  raw events', `${sum}${byType === '' ? '' : ` (${byType})`}`),
    line('  rollup rows', `${removed.minute_rows} in minutes, ${removed.hour_rows} in hours`),
    ...(isDryRun ? [] : [line('  summaries', removed.summary_items)]),
    line('  screenshots', removed.screenshots),
    line('  undeliverable', removed.error_records),
    ...(isDryRun ? [] : [line('  earlier versions', removed.versions)]),
    line(
      'Objects',
      `${removed.objects_read} read, ${removed.objects_rewritten} rewritten, ${removed.objects_deleted} deleted`,
    ),
    line('Pseudonym', receipt.person ?? 'none (no deletion in this lake yet)'),
    line('Events before', receipt.erased_before),
    line('From, to', `${receipt.started_at}, ${receipt.finished_at}`),
    ...(sum + removed.minute_rows + removed.screenshots + removed.error_records === 0
      ? [
          isDryRun
            ? 'No data found for this user ID. Compare it with the user IDs in the events.'
            : 'No data found for this user ID. Events that arrive late are still deleted.',
        ]
      : []),
    ...(receipt.not_done.length === 0
      ? []
      : [
          'Not deleted, needs your decision:',
          ...receipt.not_done.map(({ key, why }) => `  ${key}: ${why}`),
          ...(receipt.not_done_unlisted > 0 ? [`  ... and ${receipt.not_done_unlisted} more`] : []),
        ]),
    ...(isDryRun
      ? []
      : [
          'Copies that expire automatically:',
          ...receipt.expires.map(
            ({ what, gone_by, note }) =>
              `  ${what}${gone_by === null ? '' : ` by ${gone_by.slice(0, 16)}Z`}: ${note}`,
          ),
        ]),
    '',
  ].join('\n');
}
