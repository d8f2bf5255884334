/** V8's messages and the codes of what they say. */
const traps: [RegExp, string][] = [
  [/unreachable/, 'Unreachable'],
  [/memory access out of bounds/, 'MemoryOutOfBounds'],
  [/divide by zero|remainder by zero/, 'DivideByZero'],
  [/divide result unrepresentable/, 'IntegerOverflow'],
  [/float unrepresentable/, 'Conversion'],
  [/table index is out of bounds|element segment out of bounds/, 'Element'],
  [/null function or function signature|function signature mismatch/, 'Element'],
  [/Maximum call stack/, 'StackOverflow'],
  [/unaligned access/, 'UnalignedAtomic'],
  [/dereferencing a null pointer|rethrowing null value/, 'NullReference'],
  [/WebAssembly.Exception/, 'Exception'],
  [/illegal cast/, 'CastFailure'],
  [/array element access out of bounds/, 'ArrayOutOfBounds'],
  [/requested new array is too large/, 'OutOfMemory'],
  [/data segment out of bounds/, 'MemoryOutOfBounds'],
];

/** V8 has one text for several codes. */
export const alternatives: Record<string, string[]> = {
  // Which of two reasons comes first.
  UnalignedAtomic: ['MemoryOutOfBounds'],
  NullReference: ['NullStructure', 'NullArray', 'NullI31'],
  Conversion: ['IntegerOverflow', 'InvalidConversion'],
  Element: ['TableOutOfBounds', 'UndefinedElement', 'UninitializedElement', 'IndirectCallType'],
};

/** The code of what V8 has thrown; its text where it is none of those. */
export function codeOfTrap(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return traps.find(([pattern]) => pattern.test(text))?.[1] ?? text;
}
