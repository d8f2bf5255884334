/** Names as C++ has them by Itanium's ABI: paths and types of templates. */
import { MangledReader, NotUnderstood, mostDepth } from './mangled_reader.js';

/** Types of Itanium's ABI by their letters. */
const builtin: Readonly<Record<string, string>> = {
  ...{ v: 'void', b: 'bool', c: 'char', a: 'signed char', h: 'unsigned char', s: 'short' },
  ...{ t: 'unsigned short', i: 'int', j: 'unsigned int', l: 'long', m: 'unsigned long' },
  ...{ x: 'long long', y: 'unsigned long long', n: '__int128', o: 'unsigned __int128' },
  ...{ f: 'float', d: 'double', e: 'long double', w: 'wchar_t', z: '...' },
};

const operators: Readonly<Record<string, string>> = {
  ...{ nw: ' new', na: ' new[]', dl: ' delete', da: ' delete[]', pl: '+', mi: '-', ml: '*' },
  ...{ dv: '/', rm: '%', an: '&', or: '|', eo: '^', aS: '=', pL: '+=', mI: '-=', mL: '*=' },
  ...{ eq: '==', ne: '!=', lt: '<', gt: '>', le: '<=', ge: '>=', nt: '!', aa: '&&', oo: '||' },
  ...{ de: '*', dV: '/=', rM: '%=', aN: '&=', oR: '|=', eO: '^=', lS: '<<=', rS: '>>=' },
  ...{ ad: '&', co: '~', ps: '+', ng: '-', pm: '->*' },
  ...{ pp: '++', mm: '--', cm: ',', pt: '->', cl: '()', ix: '[]', ls: '<<', rs: '>>', ss: '<=>' },
};

const standard: Readonly<Record<string, string>> = {
  ...{ t: 'std', a: 'std::allocator', b: 'std::basic_string', s: 'std::string' },
  ...{ i: 'std::istream', o: 'std::ostream', d: 'std::iostream' },
};

/** Reads one name. */
export class Itanium {
  readonly #reader: MangledReader;
  /** What may be referred to again. */
  readonly #known: string[] = [];
  #templateArguments: string[] = [];

  constructor(name: string) {
    this.#reader = new MangledReader(name);
  }

  read(): string {
    if (!this.#reader.take('_Z')) throw new NotUnderstood();
    const prefix = this.#special();
    return `${prefix}${this.#name()}`;
  }

  #special(): string {
    const kinds = {
      TV: 'vtable for ',
      TI: 'typeinfo for ',
      TS: 'typeinfo name for ',
      GV: 'guard variable for ',
    };
    for (const [code, text] of Object.entries(kinds)) if (this.#reader.take(code)) return text;
    return '';
  }

  #remember(text: string): string {
    this.#known.push(this.#reader.made(text));
    return text;
  }

  #name(): string {
    return this.#reader.inside(() => {
      const reader = this.#reader;
      if (reader.take('N')) return this.#nested();
      if (reader.take('Z')) return this.#local();
      const isStandard = reader.take('St');
      let text = isStandard ? `std::${this.#unqualified('')}` : this.#substitutionOr('');
      if (reader.peek('I')) {
        this.#remember(text);
        text += this.#arguments();
      }
      return text;
    });
  }

  #substitutionOr(outer: string): string {
    return this.#reader.peek('S') ? this.#substitution() : this.#unqualified(outer);
  }

  #local(): string {
    const reader = this.#reader;
    const of = this.#name();
    while (!reader.take('E')) this.#type();
    if (reader.take('s')) return `${of}::string literal`;
    const text = `${of}::${this.#name()}`;
    if (reader.take('_')) reader.digits();
    return text;
  }

  #nested(): string {
    const reader = this.#reader;
    while (/[rVKRO]/.test(reader.name[reader.at] ?? '')) reader.next();
    let text = '';
    while (!reader.take('E')) {
      if (reader.peek('I')) {
        text += this.#arguments();
      } else if (reader.peek('S') && !reader.peek('St')) {
        text = this.#substitution();
        continue;
      } else if (reader.take('St')) {
        text = 'std';
        continue;
      } else if (reader.peek('T')) {
        text = this.#parameter();
      } else {
        const part = this.#unqualified(text);
        text = text === '' ? part : `${text}::${part}`;
      }
      if (!reader.peek('E')) this.#remember(text); // the whole is remembered where it is a type
    }
    return text;
  }

  #unqualified(outer: string): string {
    const reader = this.#reader;
    reader.take('L');
    const char = reader.name[reader.at] ?? '';
    let text: string;
    if (/\d/.test(char)) text = this.#source();
    else if (/[CD]/.test(char)) text = this.#constructed(outer);
    else text = this.#operator();
    while (reader.take('B')) text += `[abi:${this.#source()}]`;
    return text;
  }

  #source(): string {
    const text = this.#reader.slice(this.#reader.digits());
    return text.startsWith('_GLOBAL__N') ? '(anonymous namespace)' : text;
  }

  #constructed(outer: string): string {
    const isEnd = this.#reader.next() === 'D';
    if (!/[0-5]/.test(this.#reader.next())) throw new NotUnderstood();
    let plain = outer;
    for (let i = 0; i < mostDepth && plain.endsWith('>'); i++) {
      plain = plain.replace(/<[^<>]*>/g, ''); // innermost first
    }
    const last = plain.split('::').at(-1) ?? '';
    return `${isEnd ? '~' : ''}${last}`;
  }

  #operator(): string {
    const code = this.#reader.slice(2);
    if (code === 'cv') return `operator ${this.#type()}`;
    if (code === 'Ul') {
      while (!this.#reader.take('E')) this.#type();
      return `{lambda${this.#discriminator()}}`;
    }
    if (code === 'Ut') return `{unnamed${this.#discriminator()}}`;
    const known = operators[code];
    if (known === undefined) throw new NotUnderstood();
    return `operator${known}`;
  }

  #discriminator(): string {
    const reader = this.#reader;
    const number = reader.peek('_') ? -1 : reader.digits();
    if (!reader.take('_')) throw new NotUnderstood();
    return `#${number + 2}`;
  }

  #substitution(): string {
    const reader = this.#reader;
    reader.next();
    const code = reader.next();
    const known = standard[code];
    if (known !== undefined) {
      return code === 't' ? `std::${this.#unqualified('')}` : known;
    }
    return reader.made(this.#known[this.#index(code)] ?? this.#fail());
  }

  /** `_` is 0, `0_` is 1, in base 36. */
  #index(first: string): number {
    let digits = '';
    for (let char = first; char !== '_'; char = this.#reader.next()) digits += char;
    return digits === '' ? 0 : parseInt(digits, 36) + 1;
  }

  #fail(): never {
    throw new NotUnderstood();
  }

  #parameter(): string {
    this.#reader.next();
    const index = this.#index(this.#reader.next());
    return this.#reader.made(this.#templateArguments[index] ?? this.#fail());
  }

  #arguments(): string {
    const reader = this.#reader;
    return reader.inside(() => {
      reader.next();
      const list: string[] = [];
      while (!reader.take('E')) list.push(this.#argument());
      this.#templateArguments = list;
      return `<${list.join(', ')}>`;
    });
  }

  #argument(): string {
    const reader = this.#reader;
    if (reader.take('J')) {
      const list: string[] = [];
      while (!reader.take('E')) list.push(this.#argument());
      return list.join(', ');
    }
    if (!reader.take('L')) return this.#type();
    const type = this.#type();
    const start = reader.at;
    while (!reader.take('E')) reader.next();
    const text = reader.name.slice(start, reader.at - 1).replace(/^n/, '-');
    if (type === 'bool') return text === '0' ? 'false' : 'true';
    return type === 'int' ? text : `(${type})${text}`;
  }

  #type(): string {
    const reader = this.#reader;
    return reader.inside(() => {
      const char = reader.name[reader.at] ?? this.#fail();
      if (builtin[char] !== undefined) {
        reader.at++;
        return builtin[char];
      }
      const wrapped = { P: '*', R: '&', O: '&&' }[char];
      if (wrapped !== undefined) {
        reader.at++;
        return this.#remember(`${this.#type()}${wrapped}`);
      }
      if (char === 'K' || char === 'V') {
        reader.at++;
        return this.#remember(`${this.#type()}${char === 'K' ? ' const' : ' volatile'}`);
      }
      if (char === 'A') {
        reader.at++;
        const length = reader.digits();
        if (!reader.take('_')) this.#fail();
        return this.#remember(`${this.#type()}[${length}]`);
      }
      if (char === 'F') return this.#remember(this.#functionType());
      if (char === 'T') return this.#remember(this.#parameter());
      const wide = { Dn: 'decltype(nullptr)', Di: 'char32_t', Ds: 'char16_t', Du: 'char8_t' };
      for (const [code, text] of Object.entries(wide)) if (reader.take(code)) return text;
      if (reader.take('Dp')) return this.#type();
      if (char === 'S' && !reader.peek('St')) {
        const text = this.#substitution();
        return reader.peek('I') ? this.#remember(`${text}${this.#arguments()}`) : text;
      }
      return this.#remember(this.#name());
    });
  }

  #functionType(): string {
    const reader = this.#reader;
    reader.next();
    reader.take('Y');
    const result = this.#type();
    const list: string[] = [];
    while (!reader.take('E')) list.push(this.#type());
    return `${result} (${list.filter((each) => each !== 'void').join(', ')})`;
  }
}
