/** Names as Rust has them, of its older form and of its newer one. */
import { MangledReader, NotUnderstood } from './mangled_reader.js';

/** What Rust's older form writes for characters that linkers do not take. */
const escapes: Readonly<Record<string, string>> = {
  ...{ SP: '@', BP: '*', RF: '&', LT: '<', GT: '>', LP: '(', RP: ')', C: ',' },
};

/** `_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE`: the last part is a hash. */
export function rustLegacy(name: string): string | undefined {
  const reader = new MangledReader(name);
  if (!reader.take('_ZN')) return undefined;
  const parts: string[] = [];
  // C++ has such names as well, and others in which a part is no text.
  while (/\d/.test(reader.name[reader.at] ?? '')) parts.push(reader.slice(reader.digits()));
  if (!reader.take('E')) return undefined;
  if (!/^h[\da-f]{16}$/.test(parts.pop() ?? '')) return undefined;
  const plain = (part: string): string =>
    part
      .replace(/^_(?=\$)/, '')
      .replace(/\$(?:u([\da-f]{1,5})|([A-Z]{1,2}))\$/g, (all, code?: string, short?: string) => {
        if (short !== undefined) return escapes[short] ?? all;
        const point = parseInt(code ?? '', 16);
        return point >= 0x20 && point <= 0x10ffff ? String.fromCodePoint(point) : all;
      })
      .replaceAll('..', '::');
  return parts.map(plain).join('::');
}

const rustTypes: Readonly<Record<string, string>> = {
  ...{ a: 'i8', b: 'bool', c: 'char', d: 'f64', e: 'str', f: 'f32', h: 'u8', i: 'isize' },
  ...{ j: 'usize', l: 'i32', m: 'u32', n: 'i128', o: 'u128', s: 'i16', t: 'u16', u: '()' },
  ...{ v: '...', x: 'i64', y: 'u64', z: '!', p: '_' },
};

/** Rust's newer form, `_RNvCs1234_7mycrate3foo`. */
export class RustV0 {
  readonly #reader: MangledReader;

  constructor(name: string) {
    this.#reader = new MangledReader(name);
  }

  read(): string {
    if (!this.#reader.take('_R')) throw new NotUnderstood();
    return this.#path();
  }

  #path(): string {
    const reader = this.#reader;
    return reader.inside(() => {
      const kind = reader.next();
      switch (kind) {
        case 'C':
          this.#disambiguator();
          return reader.made(this.#identifier());
        case 'N':
          return this.#nested();
        case 'M':
          this.#disambiguator();
          this.#path();
          return `<${this.#type()}>`;
        case 'X':
          this.#disambiguator();
          this.#path();
          return `<${this.#type()} as ${this.#path()}>`;
        case 'Y':
          return `<${this.#type()} as ${this.#path()}>`;
        case 'I': {
          const path = this.#path();
          const list = this.#list(() => this.#argument());
          return reader.made(`${path}<${list.join(', ')}>`);
        }
        case 'B':
          return this.#back(() => this.#path());
        default:
          throw new NotUnderstood();
      }
    });
  }

  #nested(): string {
    const space = this.#reader.next();
    const outer = this.#path();
    const number = this.#disambiguator();
    const name = this.#identifier();
    if (space === 'C') return `${outer}::{closure#${number}}`;
    if (space === 'S') return `${outer}::{shim:${name}#${number}}`;
    return this.#reader.made(name === '' ? outer : `${outer}::${name}`);
  }

  #disambiguator(): number {
    return this.#reader.take('s') ? this.#base62() + 1 : 0;
  }

  #base62(): number {
    let value = 0;
    if (this.#reader.take('_')) return 0;
    for (let char = this.#reader.next(); char !== '_'; char = this.#reader.next()) {
      const digit = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'.indexOf(char);
      if (digit < 0) throw new NotUnderstood();
      value = value * 62 + digit;
    }
    return value + 1;
  }

  /** Those with letters beyond ASCII are in punycode, and stay in it. */
  #identifier(): string {
    const reader = this.#reader;
    const isEncoded = reader.take('u');
    const length = reader.digits();
    reader.take('_');
    const text = reader.slice(length);
    return isEncoded ? `punycode{${text}}` : text;
  }

  #list(item: () => string): string[] {
    const list: string[] = [];
    while (!this.#reader.take('E')) list.push(item());
    return list;
  }

  #argument(): string {
    if (this.#reader.take('L')) {
      this.#base62();
      return "'_";
    }
    return this.#reader.take('K') ? this.#constant() : this.#type();
  }

  #constant(): string {
    const reader = this.#reader;
    if (reader.take('p')) return '_';
    if (reader.take('B')) return this.#back(() => this.#constant());
    const type = reader.next();
    const minus = reader.take('n') ? '-' : '';
    let digits = '';
    for (let char = reader.next(); char !== '_'; char = reader.next()) digits += char;
    if (!/^[\da-f]{0,32}$/.test(digits)) throw new NotUnderstood();
    const value = BigInt(`0x${digits === '' ? '0' : digits}`);
    if (type === 'b') return value === 0n ? 'false' : 'true';
    return `${minus}${value}`;
  }

  #back(read: () => string): string {
    const reader = this.#reader;
    const start = reader.at - 1;
    const to = this.#base62() + 2; // behind `_R`
    if (to >= start) throw new NotUnderstood();
    const after = reader.at;
    reader.at = to;
    const text = reader.made(reader.inside(read));
    reader.at = after;
    return text;
  }

  #type(): string {
    const reader = this.#reader;
    return reader.inside(() => {
      const char = reader.name[reader.at] ?? '';
      const known = rustTypes[char];
      if (known !== undefined) {
        reader.at++;
        return known;
      }
      if (/[CNMXYI]/.test(char)) return this.#path();
      reader.at++;
      switch (char) {
        case 'A': {
          const element = this.#type();
          return `[${element}; ${this.#constant()}]`;
        }
        case 'S':
          return `[${this.#type()}]`;
        case 'T':
          return `(${this.#list(() => this.#type()).join(', ')})`;
        case 'R':
        case 'Q':
          if (reader.take('L')) this.#base62();
          return `&${char === 'Q' ? 'mut ' : ''}${this.#type()}`;
        case 'P':
          return `*const ${this.#type()}`;
        case 'O':
          return `*mut ${this.#type()}`;
        case 'D':
          return this.#dynamic();
        case 'F':
          return this.#functionType();
        case 'B':
          return this.#back(() => this.#type());
        default:
          throw new NotUnderstood();
      }
    });
  }

  #binder(): void {
    if (this.#reader.take('G')) this.#base62();
  }

  #dynamic(): string {
    const reader = this.#reader;
    this.#binder();
    const bounds = this.#list(() => {
      const path = this.#path();
      const assigned: string[] = [];
      while (reader.take('p')) assigned.push(`${this.#identifier()} = ${this.#type()}`);
      if (assigned.length === 0) return path;
      const more = assigned.join(', ');
      return path.endsWith('>') ? `${path.slice(0, -1)}, ${more}>` : `${path}<${more}>`;
    });
    if (!reader.take('L')) throw new NotUnderstood();
    this.#base62();
    return `dyn ${bounds.join(' + ')}`;
  }

  #functionType(): string {
    const reader = this.#reader;
    this.#binder();
    const unsafe = reader.take('U') ? 'unsafe ' : '';
    let abi = '';
    if (reader.take('K')) abi = `extern "${reader.take('C') ? 'C' : this.#identifier()}" `;
    const params = this.#list(() => this.#type());
    const result = this.#type();
    return `${unsafe}${abi}fn(${params.join(', ')})${result === '()' ? '' : ` -> ${result}`}`;
  }
}
