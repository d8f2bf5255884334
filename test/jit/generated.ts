/** Modules of one large function, for what compiling costs. */

/** A number in the binary format's variable length. */
function leb(value: number): number[] {
  const low = value & 0x7f;
  return value < 0x80 ? [low] : [low | 0x80, ...leb(value >>> 7)];
}

const sized = (bytes: number[]): number[] => [...leb(bytes.length), ...bytes];
const section = (id: number, bytes: number[]): number[] => [id, ...sized(bytes)];

const i32 = 0x7f;
const [block, loop, branchIf, end] = [0x02, 0x03, 0x0d, 0x0b];
const [get, set, constant] = [0x20, 0x21, 0x41];
const [load, store, add, xor, multiply] = [0x28, 0x36, 0x6a, 0x73, 0x6c];
const noResult = 0x40;
const locals = 40;

/** So many repetitions of a form as fill `bytes`, then the function's result. */
export const forms: Readonly<Record<string, (turn: number) => number[]>> = {
  /** One block: arithmetic, loads and stores. */
  straight: (turn) => {
    const [a, b, c] = [turn % locals, (turn * 7 + 3) % locals, (turn * 13 + 5) % locals];
    return [
      ...[get, a, get, b, add, constant, ...leb(turn % 60), multiply, set, c],
      ...[get, b, load, 2, ...leb((turn % 100) * 4), get, c, xor, set, a],
      ...[get, a, get, c, store, 2, 8],
    ];
  },
  /** Loops and forward branches, with values that live across all of them. */
  branches: (turn) => {
    const [a, b, c] = [turn % locals, (turn * 7 + 3) % locals, (turn * 13 + 5) % locals];
    return [
      ...[block, noResult, get, a, branchIf, 0, get, b, get, c, add, set, a, end],
      ...(turn % 8 === 0 ? [loop, noResult, get, c, constant, 1, add, set, c] : []),
      ...(turn % 8 === 0 ? [get, c, get, a, xor, branchIf, 0, end] : []),
    ];
  },
};

/** A module whose only function is of that form and takes about `bytes`. */
export function generated(form: string, bytes: number): Uint8Array {
  const make = forms[form];
  if (make === undefined) throw new Error(`no form ${form}`);
  const body = [1, ...leb(locals - 1), i32];
  for (let turn = 0; body.length < bytes; turn++) body.push(...make(turn));
  body.push(get, 0, end);
  return new Uint8Array([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 1, i32, 1, i32]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(10, [1, ...sized(body)]),
  ]);
}
