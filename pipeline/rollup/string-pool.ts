/**
 * The names of an hour (people, devices, applications, sites), each held once: every line brings its own copy, and
 * the copies of 100,000 lines would fill the heap. A name that was seen lately is found by its bytes, without making
 * a string of them.
 */
const SLOTS = 16_384;

export class StringPool {
  readonly #known = new Map<string, string>();
  /** By hash of the bytes, ASCII only; a name that another one has displaced is made again. */
  readonly #recent: string[] = new Array<string>(SLOTS).fill('');

  /** The one copy of a name. */
  intern(text: string): string {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    this.#known.set(text, text);
    return text;
  }

  /** The name that stands in these bytes as UTF-8. */
  internBytes(bytes: Buffer, from: number, to: number): string {
    let hash = 0;
    let all = 0;
    for (let at = from; at < to; at += 1) {
      const byte = bytes[at] ?? 0;
      hash = (Math.imul(hash, 31) + byte) | 0;
      all |= byte;
    }
    // Beyond ASCII a character is not its byte, and the comparison below would mean nothing.
    if (all > 0x7f) return this.intern(bytes.toString('utf8', from, to));
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    const recent = this.#recent[slot] ?? '';
    if (isAt(recent, bytes, from, to)) return recent;
    const name = this.intern(bytes.toString('latin1', from, to));
    this.#recent[slot] = name;
    return name;
  }
}

function isAt(name: string, bytes: Buffer, from: number, to: number): boolean {
  if (name.length !== to - from) return false;
  for (let i = 0; i < name.length; i += 1) if (name.charCodeAt(i) !== bytes[from + i]) return false;
  return true;
}
