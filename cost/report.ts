/** The bill as a table, compared with the naive design. */
import type { Detail } from '@kinetrack/schema';
import { ASSUMPTIONS, type SignInKind, STREAMS, type StreamKind } from './assumptions.ts';
import { billOf, type Fleet, type Item, totalOf } from './model.ts';
import { type Busyness, MEASURED, naiveTraffic, type Way } from './person-hour.ts';
import { PRICES, PRICES_AS_OF, REGION } from './prices.ts';

export interface CostQuestion {
  readonly people: number;
  readonly detail: Detail;
  readonly stream: StreamKind;
  readonly hour: Busyness;
  readonly through: Way;
  readonly signIn: SignInKind;
}

export function costReport({ people, detail, stream, hour, through, signIn }: CostQuestion): string {
  const fleet: Fleet = { people, stream, through, signIn, traffic: MEASURED.hours[hour][through][detail] };
  const bill = billOf(fleet);
  const naive = billOf({ ...fleet, through: 'aws', traffic: naiveTraffic(hour) });
  const total = totalOf(bill);
  const naiveTotal = totalOf(naive);
  const largest = bill.toSorted(byCost);
  const unconfirmed = Object.values(PRICES).filter(({ evidence }) => evidence === 'reported').length;
  return [
    `${people} people, detail '${detail}', ${PATHS[through]}, ${STREAM_NAMES[stream]}`,
    `${ASSUMPTIONS.hoursAPerson} hours per person and month, each like the ${hour} measured hour`,
    `US dollars per month; list prices of ${REGION}, ${PRICES_AS_OF}; ${unconfirmed} of ${Object.keys(PRICES).length} prices are from a single source`,
    '',
    table(bill, naive),
    '',
    `largest items: ${largest
      .slice(0, 3)
      .map(({ part, item, usdAMonth }) => `${part}, ${item} (${percent(usdAMonth / total)})`)
      .join('; ')}`,
    otherWay(fleet, detail, hour),
    ...STREAMS.filter((other) => other !== stream).map(
      (other) =>
        `with ${STREAM_NAMES[other]}: ${perPerson(totalOf(billOf({ ...fleet, stream: other })), people)}`,
    ),
    `naive design, one PutRecord per event: ${perPerson(naiveTotal, people)}, ${(naiveTotal / total).toFixed(1)} times as much`,
    `per person and month: ${perPerson(total, people)}`,
  ].join('\n');
}

function otherWay(fleet: Fleet, detail: Detail, hour: Busyness): string {
  const through = fleet.through === 'track' ? 'aws' : 'track';
  const total = totalOf(billOf({ ...fleet, through, traffic: MEASURED.hours[hour][through][detail] }));
  return `with ${PATHS[through]}: ${perPerson(total, fleet.people)}`;
}

const PATHS: Readonly<Record<Way, string>> = {
  track: 'POST /track',
  aws: 'AWS credentials on every device',
};
const STREAM_NAMES: Readonly<Record<StreamKind, string>> = {
  provisioned: 'provisioned stream',
  'on-demand': 'on-demand stream',
  direct: 'Firehose alone',
};
const byCost = (a: Item, b: Item): number => b.usdAMonth - a.usdAMonth;
const percent = (share: number): string => `${Math.round(100 * share)} %`;
const perPerson = (total: number, people: number): string => `$${(total / people).toFixed(4)}`;

function table(bill: readonly Item[], naive: readonly Item[]): string {
  const naiveOf = new Map(naive.map((item, index) => [`${item.part} ${index}`, item.usdAMonth]));
  const rows = bill.map(({ part, item, usdAMonth }, index) => [
    part,
    item,
    usdAMonth.toFixed(2),
    (naiveOf.get(`${part} ${index}`) ?? 0).toFixed(2),
  ]);
  const all = [
    ['part', 'item', 'cost', 'naive'],
    ...rows,
    ['', 'total', totalOf(bill).toFixed(2), totalOf(naive).toFixed(2)],
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) =>
          column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
