// br_table: an interpreter of a small stack machine counting primes by trial division.
const code: usize = 65536;
const stack: usize = 66560;
const vars: usize = 67584;

// The program. Operands follow their operation as one byte.
const program: StaticArray<u8> = [
  0, 0, 7, 0, // count = 0
  0, 2, 7, 1, // n = 2
  0, 2, 7, 2, // 8: d = 2
  6, 2, 6, 2, 3, 6, 1, 5, 10, 44, // 12: if d * d > n goto 44
  6, 1, 6, 2, 4, 9, 52, // 22: if n % d == 0 goto 52
  6, 2, 0, 1, 1, 7, 2, // 29: d = d + 1
  8, 12, // 36: goto 12
  12, 12, 12, 12, 12, 12, // 38
  6, 0, 0, 1, 1, 7, 0, 12, // 44: count = count + 1
  6, 1, 0, 1, 1, 7, 1, // 52: n = n + 1
  6, 1, 0, 250, 5, 9, 8, // 59: if !(n > 250) goto 8
  6, 0, 11, // 66: return count
];

function execute(): i32 {
  let pc = code;
  let sp = stack;
  while (true) {
    const op = load<u8>(pc++);
    switch (op) {
      case 0: { // push
        store<i32>(sp, load<u8>(pc++));
        sp += 4;
        break;
      }
      case 1: { // add
        sp -= 4;
        store<i32>(sp - 4, load<i32>(sp - 4) + load<i32>(sp));
        break;
      }
      case 2: { // subtract
        sp -= 4;
        store<i32>(sp - 4, load<i32>(sp - 4) - load<i32>(sp));
        break;
      }
      case 3: { // multiply
        sp -= 4;
        store<i32>(sp - 4, load<i32>(sp - 4) * load<i32>(sp));
        break;
      }
      case 4: { // remainder
        sp -= 4;
        store<i32>(sp - 4, load<u32>(sp - 4) % load<u32>(sp));
        break;
      }
      case 5: { // greater: of the two, the first
        sp -= 4;
        store<i32>(sp - 4, i32(load<i32>(sp - 4) > load<i32>(sp)));
        break;
      }
      case 6: { // get
        store<i32>(sp, load<i32>(vars + (<usize>load<u8>(pc++) << 2)));
        sp += 4;
        break;
      }
      case 7: { // set
        sp -= 4;
        store<i32>(vars + (<usize>load<u8>(pc++) << 2), load<i32>(sp));
        break;
      }
      case 8: { // jump
        pc = code + load<u8>(pc);
        break;
      }
      case 9: { // jump if zero
        sp -= 4;
        pc = load<i32>(sp) ? pc + 1 : code + load<u8>(pc);
        break;
      }
      case 10: { // jump if not zero
        sp -= 4;
        pc = load<i32>(sp) ? code + load<u8>(pc) : pc + 1;
        break;
      }
      case 11: // return
        return load<i32>(sp - 4);
      default:
        break;
    }
  }
}

export function run(n: i32): i32 {
  for (let i = 0; i < program.length; i++) store<u8>(code + i, unchecked(program[i]));
  let sum = 0;
  for (let i = 0; i < n; i++) sum = sum * 31 + execute();
  return sum;
}
