/** Decides whether the host's answer to a command is the one the script asks for. */
import { type Command, type Value, lanesOf, referenceSlot } from './script.js';

/** One result: its type as the host names it, and its bits. */
interface Result {
  type: string;
  bits: bigint;
}

const nothing: Result = { type: 'nothing', bits: 0n };

const floats: Record<string, { exponent: bigint; quiet: bigint }> = {
  f32: { exponent: 0x7f800000n, quiet: 0x00400000n },
  f64: { exponent: 0x7ff0000000000000n, quiet: 0x0008000000000000n },
};

/** The trap codes that a message of the reference interpreter stands for. */
const trapCodes: [RegExp, string[]][] = [
  [/^unreachable/, ['Unreachable']],
  [/^out of bounds memory access/, ['MemoryOutOfBounds']],
  [/^out of bounds table access/, ['TableOutOfBounds']],
  [/^uninitialized element/, ['UninitializedElement']],
  [/^undefined element/, ['UndefinedElement']],
  [/^indirect call type mismatch/, ['IndirectCallType']],
  [/^integer overflow/, ['IntegerOverflow']],
  [/^integer divide by zero/, ['DivideByZero']],
  [/^invalid conversion to integer/, ['InvalidConversion']],
  [/^null structure reference/, ['NullStructure']],
  [/^null array reference/, ['NullArray']],
  [/^null i31 reference/, ['NullI31']],
  [/^null (\w+ )?reference/, ['NullReference']],
  [/^cast failure/, ['CastFailure']],
  [/^out of bounds array access/, ['ArrayOutOfBounds']],
  [/^unaligned atomic/, ['UnalignedAtomic']],
  [/^call stack exhausted/, ['StackOverflow', 'NativeStackOverflow']],
];

function parseResults(words: string[]): Result[] {
  return words.map((text) => {
    const [type = '', low = '0', high = '0'] = text.split(':');
    return { type, bits: BigInt(`0x${low}`) | (BigInt(`0x${high}`) << 64n) };
  });
}

function floatMatches(type: string, bits: bigint, expected: string): boolean {
  const float = floats[type];
  if (float === undefined || !expected.startsWith('nan:')) return bits === BigInt(expected);
  const nan = float.exponent | float.quiet;
  if (expected === 'nan:arithmetic') return (bits & nan) === nan;
  const sign = (float.exponent + float.quiet * 2n) & ~float.exponent;
  return (bits & ~sign) === nan;
}

function vectorMatches(bits: bigint, expected: Value): boolean {
  const type = expected.lane_type ?? 'i32';
  const lanes = expected.value as string[];
  return lanesOf(type, bits).every((lane, i) => floatMatches(type, lane, lanes[i] ?? '0'));
}

function matches(result: Result, expected: Value): boolean {
  const { type, value } = expected;
  if (type === 'either') return (expected.values ?? []).some((one) => matches(result, one));
  if (type === 'v128') return result.type === type && vectorMatches(result.bits, expected);
  if (/^[if](32|64)$/.test(type)) {
    return result.type === type && floatMatches(type, result.bits, value as string);
  }
  // References: a host's number keeps its identity, of others only nullness counts.
  if (['externref', 'funcref'].includes(type) && result.type !== type) return false;
  if (value === 'null' || type === 'refnull') return result.bits === 0n;
  if (value === undefined) return result.bits !== 0n;
  return result.bits === referenceSlot(type, value as string);
}

function expectedText(values: Value[]): string {
  const one = (value: Value): string => {
    if (value.type === 'either') return `either(${(value.values ?? []).map(one).join(', ')})`;
    const content = Array.isArray(value.value) ? value.value.join(',') : (value.value ?? 'any');
    if (!/^\d+$/.test(content)) return `${value.type}:${content}`;
    return `${value.type}:0x${BigInt(content).toString(16)}`;
  };
  return values.length === 0 ? 'no result' : values.map(one).join(' ');
}

/** What is wrong with a set of results. */
function judgeResults(words: string[], expected: Value[]): string | undefined {
  const results = parseResults(words);
  const right =
    results.length === expected.length &&
    expected.every((value, i) => matches(results[i] ?? nothing, value));
  if (right) return undefined;
  return `expected ${expectedText(expected)}, got ${words.join(' ') || 'no result'}`;
}

function judgeTrap(command: Command, code: string): string | undefined {
  const codes = trapCodes.find(([pattern]) => pattern.test(command.text ?? ''))?.[1];
  if (codes === undefined || codes.includes(code)) return undefined;
  return `expected the trap ${codes.join(' or ')} (${command.text ?? ''}), got ${code}`;
}

const errorKinds: Record<string, string> = {
  assert_invalid: 'compile',
  assert_malformed: 'compile',
  assert_unlinkable: 'link',
  assert_uninstantiable: 'trap',
  assert_trap: 'trap',
  assert_exhaustion: 'trap',
  assert_exception: 'trap',
};

/** What is wrong with an answer; undefined when nothing is. */
export function judge(command: Command, answer: string): string | undefined {
  const [status, ...words] = answer.split(' ');
  const wanted = errorKinds[command.type];
  if (wanted === undefined) {
    if (status !== 'ok') return `expected success, got ${answer}`;
    return command.type === 'assert_return'
      ? judgeResults(words, command.expected ?? [])
      : undefined;
  }
  const hint = command.text === undefined ? '' : ` (${command.text})`;
  if (status !== 'error') return `expected a ${wanted} error${hint}, got ${answer}`;
  const [kind, code = ''] = words;
  if (kind !== wanted) return `expected a ${wanted} error${hint}, got ${answer}`;
  if (command.type === 'assert_exception') {
    return code === 'Exception' ? undefined : `expected an uncaught exception, got ${answer}`;
  }
  return wanted === 'trap' ? judgeTrap(command, code) : undefined;
}
