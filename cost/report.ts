/** The bill as text: item by item, beside the naive design. */
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
  const biggest = bill.toSorted(byCost);
  const unsure = Object.values(PRICES).filter(({ standing }) => standing === 'reported').length;
  return [
    `${people} people, detail '${detail}', through ${through === 'track' ? 'POST /track' : 'credentials of AWS'}, ${stream === 'direct' ? 'Firehose alone' : `${stream} stream`}`,
    `${ASSUMPTIONS.hoursAPerson} hours a person and month like the ${hour} one that was measured`,
    `US dollars a month, list prices of ${REGION} as of ${PRICES_AS_OF}; ${unsure} of ${Object.keys(PRICES).length} prices were read only once`,
    '',
    table(bill, naive),
    '',
    `the largest: ${biggest
      .slice(0, 3)
      .map(({ part, item, usdAMonth }) => `${part}, ${item} (${percent(usdAMonth / total)})`)
      .join('; ')}`,
    otherWay(fleet, detail, hour),
    ...STREAMS.filter((other) => other !== stream).map(
      (other) => `with ${label(other)}: ${perPerson(totalOf(billOf({ ...fleet, stream: other })), people)}`,
    ),
    `naive, every event a PutRecord: ${perPerson(naiveTotal, people)}, ${(naiveTotal / total).toFixed(1)} times as much`,
    `per person and month: ${perPerson(total, people)}`,
  ].join('\n');
}

function otherWay(fleet: Fleet, detail: Detail, hour: Busyness): string {
  const through = fleet.through === 'track' ? 'aws' : 'track';
  const total = totalOf(billOf({ ...fleet, through, traffic: MEASURED.hours[hour][through][detail] }));
  const words = through === 'aws' ? 'with credentials of AWS on every device' : 'through POST /track';
  return `${words}: ${perPerson(total, fleet.people)}`;
}

const label = (stream: StreamKind): string => (stream === 'direct' ? 'Firehose alone' : `a stream ${stream}`);
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
    ['part', 'item', 'this', 'naive'],
    ...rows,
    ['', 'together', totalOf(bill).toFixed(2), totalOf(naive).toFixed(2)],
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
