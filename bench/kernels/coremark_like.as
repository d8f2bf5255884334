// The mix of work that CoreMark made the yardstick of small processors, written anew: a linked
// list that is searched, reversed and merge-sorted through comparison functions, small integer
// matrices, a state machine that recognises numbers, and a CRC over everything that comes out.
// run(n) makes n iterations. It is not CoreMark and its results are not CoreMark scores.

type Order = (a: usize, b: usize) => i32;

// A node: next (4 bytes), index (2), data (2). Bit 7 of data: the low byte is a computed value.
const nodes: usize = 65536;
const nodeCount: u32 = 40;
const nodeSize: u32 = 8;

const matrixA: usize = 66560; // i16
const matrixB: usize = 66816; // i16
const matrixC: usize = 67072; // i32
const size: u32 = 9;

const text: usize = 67584;
const textSize: u32 = 640;
const finals: usize = 68608; // how often a word ended in each state
const passes: usize = 68672; // how often each state was left

function crc8(value: u32, crc: u32): u32 {
  for (let i = 0; i < 8; i++) {
    const carry = (value ^ crc) & 1;
    value >>= 1;
    crc >>= 1;
    if (carry) crc ^= 0xa001;
  }
  return crc;
}

function crc16(value: u32, crc: u32): u32 {
  return crc8(value >> 8, crc8(value & 0xff, crc));
}

function crc32(value: u32, crc: u32): u32 {
  return crc16(value >> 16, crc16(value & 0xffff, crc));
}

// ---- matrices

function multiplyByConstant(value: i32): void {
  for (let i: u32 = 0; i < size * size; i++) {
    store<i32>(matrixC + i * 4, <i32>load<i16>(matrixA + i * 2) * value);
  }
}

function addConstant(value: i32): void {
  for (let i: u32 = 0; i < size * size; i++) {
    store<i16>(matrixA + i * 2, <i16>(load<i16>(matrixA + i * 2) + value));
  }
}

function multiplyByVector(): void {
  for (let i: u32 = 0; i < size; i++) {
    let sum: i32 = 0;
    for (let k: u32 = 0; k < size; k++) {
      sum += <i32>load<i16>(matrixA + (i * size + k) * 2) * <i32>load<i16>(matrixB + k * 2);
    }
    store<i32>(matrixC + i * 4, sum);
  }
}

function multiplyMatrices(): void {
  for (let i: u32 = 0; i < size; i++) {
    for (let k: u32 = 0; k < size; k++) {
      let sum: i32 = 0;
      for (let m: u32 = 0; m < size; m++) {
        const a = <i32>load<i16>(matrixA + (i * size + m) * 2);
        sum += a * <i32>load<i16>(matrixB + (m * size + k) * 2);
      }
      store<i32>(matrixC + (i * size + k) * 4, sum);
    }
  }
}

function multiplyBitFields(): void {
  for (let i: u32 = 0; i < size; i++) {
    for (let k: u32 = 0; k < size; k++) {
      let sum: i32 = 0;
      for (let m: u32 = 0; m < size; m++) {
        const a = <i32>load<i16>(matrixA + (i * size + m) * 2);
        const product = a * <i32>load<i16>(matrixB + (m * size + k) * 2);
        sum += ((product >> 2) & 15) * ((product >> 5) & 127);
      }
      store<i32>(matrixC + (i * size + k) * 4, sum);
    }
  }
}

// A figure that depends on each element and on whether elements rise.
function sumMatrix(clip: i32): i32 {
  let figure: i32 = 0;
  let sum: i32 = 0;
  let last: i32 = 0;
  for (let i: u32 = 0; i < size * size; i++) {
    const now = load<i32>(matrixC + i * 4);
    sum += now;
    if (sum > clip) {
      figure += 10;
      sum = 0;
    } else {
      figure += now > last ? 1 : 0;
    }
    last = now;
  }
  return figure;
}

function matrixWork(value: i32, crc: u32): u32 {
  const clip = value | 0xf000;
  addConstant(value);
  multiplyByConstant(value);
  crc = crc16(sumMatrix(clip), crc);
  multiplyByVector();
  crc = crc16(sumMatrix(clip), crc);
  multiplyMatrices();
  crc = crc16(sumMatrix(clip), crc);
  multiplyBitFields();
  crc = crc16(sumMatrix(clip), crc);
  addConstant(-value);
  return crc;
}

// ---- state machine: words between commas are integers, decimals, in scientific form, or not

const enum State {
  Start,
  Sign,
  Integer,
  Point,
  Fraction,
  Exponent,
  ExponentSign,
  Scientific,
  Invalid,
}

// @ts-ignore: decorator
@inline
function leave(state: u32): void {
  store<u32>(passes + state * 4, load<u32>(passes + state * 4) + 1);
}

function isDigit(c: u32): bool {
  return c - 48 < 10;
}

// Reads one word from `at` and says where the next begins; the state it ended in is counted.
function readWord(at: usize): usize {
  let state: u32 = State.Start;
  while (state != State.Invalid) {
    const c: u32 = load<u8>(at);
    if (c == 0) break;
    at++;
    if (c == 44) break;
    let next: u32 = State.Invalid;
    switch (state) {
      case State.Start:
        if (isDigit(c)) next = State.Integer;
        else if (c == 43 || c == 45) next = State.Sign;
        else if (c == 46) next = State.Point;
        break;
      case State.Sign:
        if (isDigit(c)) next = State.Integer;
        else if (c == 46) next = State.Point;
        break;
      case State.Integer:
        if (isDigit(c)) next = State.Integer;
        else if (c == 46) next = State.Point;
        break;
      case State.Point:
        if (isDigit(c)) next = State.Fraction;
        break;
      case State.Fraction:
        if (isDigit(c)) next = State.Fraction;
        else if (c == 69 || c == 101) next = State.Exponent;
        break;
      case State.Exponent:
        if (c == 43 || c == 45) next = State.ExponentSign;
        break;
      case State.ExponentSign:
        if (isDigit(c)) next = State.Scientific;
        break;
      case State.Scientific:
        if (isDigit(c)) next = State.Scientific;
        break;
      default:
        break;
    }
    if (next != state) leave(state);
    state = next;
  }
  store<u32>(finals + state * 4, load<u32>(finals + state * 4) + 1);
  return at;
}

function readText(): void {
  let at = text;
  while (load<u8>(at)) at = readWord(at);
}

function disturb(mask: u32, step: u32): void {
  for (let i: u32 = 0; i < textSize; i += step) {
    const c: u32 = load<u8>(text + i);
    if (c != 44) store<u8>(text + i, <u8>(c ^ mask));
  }
}

function stateWork(value: u32, step: u32, crc: u32): u32 {
  for (let i: u32 = 0; i < 9; i++) {
    store<u32>(finals + i * 4, 0);
    store<u32>(passes + i * 4, 0);
  }
  const mask = (value & 15) | 1;
  readText();
  disturb(mask, step);
  readText();
  disturb(mask, step);
  for (let i: u32 = 0; i < 9; i++) {
    crc = crc32(load<u32>(finals + i * 4), crc);
    crc = crc32(load<u32>(passes + i * 4), crc);
  }
  return crc;
}

// ---- list

let work: u32 = 0; // CRC of what comparisons computed

// The value of a node by its data: computed once, then remembered in the low byte.
function valueOf(node: usize): i32 {
  const data: u32 = load<u16>(node, 6);
  if (data & 0x80) return data & 0x7f;
  const step: u32 = ((data >> 3) & 15) < 3 ? 31 : 7 + ((data >> 3) & 15);
  let value: u32 = data;
  if ((data & 7) == 0) value = stateWork(data, step, work);
  else if ((data & 7) == 1) value = matrixWork((data >> 3) & 15, work);
  work = crc16(value & 0xffff, work);
  value &= 0x7f;
  store<u16>(node, <u16>((data & 0xff00) | 0x80 | value), 6);
  return value;
}

function byValue(a: usize, b: usize): i32 {
  return valueOf(a) - valueOf(b);
}

// Forgets computed values on the way, so that the next iteration computes them again.
function byIndex(a: usize, b: usize): i32 {
  const x: u32 = load<u16>(a, 6);
  const y: u32 = load<u16>(b, 6);
  store<u16>(a, <u16>((x & 0xff00) | (x >> 8)), 6);
  store<u16>(b, <u16>((y & 0xff00) | (y >> 8)), 6);
  return <i32>load<u16>(a, 4) - <i32>load<u16>(b, 4);
}

// Merge sort from the bottom up, in place.
function sortList(list: usize, order: Order): usize {
  let width: u32 = 1;
  let merges: u32;
  do {
    let left = list;
    let tail: usize = 0;
    merges = 0;
    list = 0;
    while (left) {
      merges++;
      let right = left;
      let leftSize: u32 = 0;
      while (leftSize < width && right) {
        leftSize++;
        right = load<u32>(right);
      }
      let rightSize = width;
      while (leftSize > 0 || (rightSize > 0 && right)) {
        let taken: usize;
        if (leftSize == 0 || (rightSize > 0 && right != 0 && order(left, right) > 0)) {
          taken = right;
          right = load<u32>(right);
          rightSize--;
        } else {
          taken = left;
          left = load<u32>(left);
          leftSize--;
        }
        if (tail) store<u32>(tail, <u32>taken);
        else list = taken;
        tail = taken;
      }
      left = right;
    }
    if (tail) store<u32>(tail, 0);
    width *= 2;
  } while (merges > 1);
  return list;
}

function reverse(list: usize): usize {
  let reversed: usize = 0;
  while (list) {
    const next = load<u32>(list);
    store<u32>(list, <u32>reversed);
    reversed = list;
    list = next;
  }
  return reversed;
}

function findIndex(list: usize, index: u32): usize {
  while (list && load<u16>(list, 4) != index) list = load<u32>(list);
  return list;
}

function findData(list: usize, data: u32): usize {
  while (list && (load<u16>(list, 6) & 0xff) != data) list = load<u32>(list);
  return list;
}

let head: usize = 0;

function listWork(seed: i32): u32 {
  let list = head;
  let crc: u32 = 0;
  let found: u32 = 0;
  let missed: u32 = 0;
  for (let i: u32 = 0; i < 30; i++) {
    const node = seed > 0 ? findIndex(list, i + 3) : findData(list, (i * 5) & 0xff);
    list = reverse(list);
    if (node) {
      found++;
      crc = crc16(load<u16>(node, 6) & 0xff, crc);
      // A found node's successor moves to the front.
      const moved: usize = load<u32>(node);
      if (moved) {
        store<u32>(node, load<u32>(moved));
        store<u32>(moved, <u32>list);
        list = moved;
      }
    } else {
      missed++;
    }
  }
  crc = crc16(found * 4 - missed, crc);
  if (seed > 0) list = sortList(list, byValue);
  for (let node = findIndex(list, <u32>(nodeCount / 2)); node; node = load<u32>(node)) {
    crc = crc16(load<u16>(node, 6), crc);
  }
  list = sortList(list, byIndex);
  for (let node = list; node; node = load<u32>(node)) crc = crc16(load<u16>(node, 6), crc);
  head = list;
  return crc;
}

function prepare(): void {
  for (let i: u32 = 0; i < nodeCount; i++) {
    const node = nodes + i * nodeSize;
    store<u32>(node, i + 1 < nodeCount ? <u32>(node + nodeSize) : 0);
    store<u16>(node, <u16>i, 4);
    const data: u32 = ((i * 0x9e37) >> 4) & 0x7f;
    store<u16>(node, <u16>((data << 8) | data), 6);
  }
  head = nodes;
  for (let i: u32 = 0; i < size * size; i++) {
    store<i16>(matrixA + i * 2, <i16>((i * 37 + 5) & 0xff));
    store<i16>(matrixB + i * 2, <i16>((i * 91 + 11) & 0xff));
  }
  const words = '5012,1234,-874,+122,35.54400,.1234500,-110.700,+0.64400,5.500e+3,-.123e-2,-87e+832,+0.6e-12,T0.3e-1F,-T.T++Tq,1T3.4e4z,34.0e-T^,';
  for (let i: u32 = 0; i < textSize; i++) store<u8>(text + i, <u8>words.charCodeAt(i % words.length));
  store<u8>(text + textSize, 0);
}

export function run(n: i32): i32 {
  prepare();
  work = 0;
  let crc: u32 = 0;
  for (let i = 0; i < n; i++) {
    crc = crc16(listWork(1), crc);
    crc = crc16(listWork(-1), crc);
  }
  return crc | (work << 16);
}
