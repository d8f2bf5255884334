/**
 * Code that runs a guest sees {base, size} and nothing of the backend behind them. Shown by what the
 * compiler made of the handlers: a guarded access has no branch, a checked one has the comparison
 * with the size, and neither calls anything. docs/memory.md shows how to look at them.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

const library =
  process.env['WEMBED_LIBRARY'] ?? resolve(__dirname, '../../out/cmake', 'libwembed.so');

interface Handler {
  guarded: boolean;
  calls: number;
  branches: number;
  /** Jumps through a register: to the next operation. */
  indirect: number;
}

// The names of reg_ops.def: I32Load_G_S is guarded, I32Store_C_SA checked; and of vector_ops.def,
// once for every processor and once for newer ones: V128Load_G, V128Load8Lane_C.
const handlerName =
  /^wembed_((?:v2_)?op_(?:[IF](?:32|64)|V128)(?:Load|Store)\w*?_([GC])(?![a-z])\w*)/;

const kinds: [keyof Omit<Handler, 'guarded'>, RegExp][] = [
  ['calls', /^(?:call|bl\b|blr\b)/],
  ['indirect', /^(?:notrack )?(?:jmp\s+\*|br\s)/],
  ['branches', /^(?:j(?!mp)|b\.|cbn?z|tbn?z)/],
];

/** The handlers for loads and stores, by name, from a disassembly. */
function handlersIn(listing: string): Map<string, Handler> {
  const handlers = new Map<string, Handler>();
  let current: Handler | undefined;
  for (const line of listing.split('\n')) {
    const symbol = /^[0-9a-f]+ <(.*)>:/.exec(line)?.[1];
    if (symbol !== undefined) {
      const [, name = '', kind] = handlerName.exec(symbol) ?? [];
      // Parts that the compiler split off belong to their handler.
      const fresh = { guarded: kind === 'G', calls: 0, branches: 0, indirect: 0 };
      current = kind === undefined ? undefined : (handlers.get(name) ?? fresh);
      if (current !== undefined) handlers.set(name, current);
      continue;
    }
    const instruction = /^\s*[0-9a-f]+:\s+(.*)/.exec(line)?.[1];
    if (current === undefined || instruction === undefined) continue;
    for (const [what, pattern] of kinds) if (pattern.test(instruction)) current[what]++;
  }
  return handlers;
}

function disassemble(): { listing: string } | { reason: string } {
  if (!existsSync(library)) return { reason: `${library} is not built` };
  const options = { encoding: 'utf8', maxBuffer: 2 ** 28 } as const;
  const run = spawnSync('objdump', ['-d', '--no-show-raw-insn', library], options);
  if (run.error !== undefined) return { reason: 'there is no objdump (binutils)' };
  if (run.status !== 0) return { reason: run.stderr.trim() };
  if (!/file format elf64-(?:x86-64|littleaarch64)/.test(run.stdout)) {
    return { reason: 'the library is for a processor whose code is not read here' };
  }
  if (!run.stdout.includes('<wembed_op_')) {
    return { reason: 'the interpreter is one loop, or without symbols: no handler has a name' };
  }
  return { listing: run.stdout };
}

const result = disassemble();
const reason = 'reason' in result ? result.reason : '';
const show = reason === '' ? describe : describe.skip;
if (reason !== '') console.warn(`The handlers' code is not looked at: ${reason}.`);

show(`handlers of memory accesses${reason === '' ? '' : ` (not looked at: ${reason})`}`, () => {
  const handlers = 'listing' in result ? [...handlersIn(result.listing)] : [];

  const wrong = (right: (handler: Handler) => boolean): string[] =>
    handlers.filter(([, handler]) => !right(handler)).map(([name]) => name);

  test('are there for every width, guarded and checked', () => {
    const guarded = handlers.filter(([, handler]) => handler.guarded);
    expect(guarded.length).toBeGreaterThan(200);
    expect(handlers).toHaveLength(2 * guarded.length);
  });

  test('call nothing', () => {
    expect(wrong(({ calls }) => calls === 0)).toEqual([]);
  });

  test('have no branch where the access is guarded', () => {
    expect(wrong(({ guarded, branches }) => !guarded || branches === 0)).toEqual([]);
  });

  test('have one branch, the comparison with the size, where it is checked', () => {
    expect(wrong(({ guarded, branches }) => guarded || branches === 1)).toEqual([]);
  });

  test('leave by one jump, to the next operation', () => {
    expect(wrong(({ indirect }) => indirect === 1)).toEqual([]);
  });
});
