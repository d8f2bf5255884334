/** Mangled names, letter by letter, within bounds: they come from files that nobody trusts. */

/** Deeper than names of programs are. */
export const mostDepth = 64;
/** References back may make a short name very long. */
const mostText = 1 << 14;

/** Of what is no name of that form. */
export class NotUnderstood extends Error {}

/** Reads from left to right; whoever reads more than there is does not understand the name. */
export class MangledReader {
  at = 0;
  depth = 0;
  #written = 0;

  constructor(readonly name: string) {}

  peek(text: string): boolean {
    return this.name.startsWith(text, this.at);
  }

  take(text: string): boolean {
    if (!this.peek(text)) return false;
    this.at += text.length;
    return true;
  }

  next(): string {
    const char = this.name[this.at++];
    if (char === undefined) throw new NotUnderstood();
    return char;
  }

  digits(): number {
    const [text = ''] = /^\d{1,9}/.exec(this.name.slice(this.at, this.at + 9)) ?? [];
    if (text === '') throw new NotUnderstood();
    this.at += text.length;
    return Number(text);
  }

  slice(length: number): string {
    if (this.at + length > this.name.length) throw new NotUnderstood();
    this.at += length;
    return this.name.slice(this.at - length, this.at);
  }

  /** Bounds what is made of it. */
  made(text: string): string {
    this.#written += text.length;
    if (this.#written > mostText) throw new NotUnderstood();
    return text;
  }

  inside<T>(read: () => T): T {
    if (++this.depth > mostDepth) throw new NotUnderstood();
    const result = read();
    this.depth--;
    return result;
  }
}
