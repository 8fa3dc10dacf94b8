/** Samples of a fleet: mostly zero arrays, one to four windows, varying titles. */
import { gzipSync } from 'node:zlib';
import { seeded } from '../test/support/seeded.ts';

const MINUTES_AN_HOUR = 60;

const APPS = [
  ...['Code', 'Firefox', 'Slack', 'Terminal', 'LibreOffice Writer', 'zoom', 'Thunderbird', 'Spotify'],
];
const SITES = ['GitHub', 'YouTube', 'Google Docs', 'Stack Overflow', 'Reddit', 'Jira', 'Wikipedia'];

/** Gzipped objects of JSON lines of one UTC hour: 60 samples per person. */
export function sampleObjects(samples: number, samplesAnObject = 10_000): readonly Buffer[] {
  const random = seeded(20261120);
  const objects: Buffer[] = [];
  for (let first = 0; first < samples; first += samplesAnObject) {
    const lines: string[] = [];
    for (let i = first; i < Math.min(samples, first + samplesAnObject); i += 1) {
      lines.push(JSON.stringify(sample(Math.floor(i / MINUTES_AN_HOUR), i % MINUTES_AN_HOUR, random)));
    }
    objects.push(gzipSync(`${lines.join('\n')}\n`));
  }
  return objects;
}

/**
 * One hour of a fleet as objects of `peopleAnObject` people each. All objects repeat the activity of the
 * first one, because generating 50,000 people takes longer than their rollup.
 */
export function* fleetObjects(people: number, peopleAnObject = 1000): Generator<Buffer> {
  const random = seeded(20261120);
  const lines = Array.from({ length: peopleAnObject * MINUTES_AN_HOUR }, (_, i) =>
    JSON.stringify(sample(Math.floor(i / MINUTES_AN_HOUR), i % MINUTES_AN_HOUR, random)),
  );
  for (let first = 0; first < people; first += peopleAnObject) {
    const count = Math.min(peopleAnObject, people - first) * MINUTES_AN_HOUR;
    const named = lines.slice(0, count).map((line, i) => {
      const person = Math.floor(i / MINUTES_AN_HOUR);
      return line
        .replaceAll(deviceOf(person), deviceOf(first + person))
        .replace(`"${userOf(person)}"`, `"${userOf(first + person)}"`);
    });
    yield gzipSync(`${named.join('\n')}\n`);
  }
}

const deviceOf = (person: number) => `00000000-0000-4000-8000-${String(person).padStart(12, '0')}`;
const userOf = (person: number) => `person-${person}`;

function sample(person: number, minute: number, random: () => number): object {
  const device_id = deviceOf(person);
  const seq = 100_000 + person * 37 + minute;
  const busy = random() < 0.7;
  const perSecond = (chance: number, most: number): number[] =>
    Array.from({ length: 60 }, () => (busy && random() < chance ? 1 + Math.floor(random() * most) : 0));
  return {
    schema_version: 1,
    event_id: `${device_id}:${seq}`,
    device_id,
    seq,
    session_id: '0b6c5f3e-43b4-4f0a-9c3a-2f5a6e1d7c88',
    user_id: userOf(person),
    ts: `2026-11-20T09:${String(minute).padStart(2, '0')}:00.000Z`,
    utc_offset_min: person % 3 === 0 ? 330 : 60,
    time_zone: 'Europe/Berlin',
    agent_version: '0.1.0',
    activity_type: 'sample',
    from_s: 0,
    to_s: 60,
    keys: perSecond(0.35, 7),
    clicks: perSecond(0.08, 2),
    scrolls: perSecond(0.1, 5),
    distance_px: perSecond(0.3, 900),
    segments: segments(random),
    distraction_s: random() < 0.9 ? 0 : Math.floor(random() * 60),
    idle_at_start_s: busy ? 0 : minute * 60,
    flags: [],
  };
}

function segments(random: () => number): object[] {
  const count = 1 + Math.floor(random() * random() * 4);
  const pick = (names: readonly string[]) => names[Math.floor(random() * names.length)] ?? '';
  return Array.from({ length: count }, (_, index) => {
    const app = pick(APPS);
    return {
      app,
      site: app === 'Firefox' ? pick(SITES) : null,
      title: `${pick(SITES)} - document ${Math.floor(random() * 500)} - ${app}`,
      from_s: Math.floor((index * 60) / count),
      to_s: Math.floor(((index + 1) * 60) / count),
    };
  });
}
