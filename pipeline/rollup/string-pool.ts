/**
 * Interns the names of an hour (people, devices, apps, sites). Each line has its own copies, and the
 * copies of 100,000 lines would fill the heap. Recently used names are found by their bytes, without
 * allocating a string.
 */
const SLOTS = 16_384;

export class StringPool {
  readonly #known = new Map<string, string>();
  /** By hash of the bytes; ASCII only. A displaced name is decoded again. */
  readonly #recent: string[] = new Array<string>(SLOTS).fill('');

  /** The shared copy of a name. */
  intern(text: string): string {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    this.#known.set(text, text);
    return text;
  }

  /** The shared copy of a name in UTF-8 bytes. */
  internBytes(bytes: Buffer, from: number, to: number): string {
    let hash = 0;
    let all = 0;
    for (let at = from; at < to; at += 1) {
      const byte = bytes[at] ?? 0;
      hash = (Math.imul(hash, 31) + byte) | 0;
      all |= byte;
    }
    // Outside ASCII, characters and bytes differ: the comparison below would fail.
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
