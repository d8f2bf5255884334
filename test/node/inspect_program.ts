/** A module that has something of everything an inspection shows, and an instance of it. */
import { type Instance, type OwnedBuffer, Runtime, f32, type u8 } from '../../lib';
import { assemble } from './assemble';

/** Names that would do harm where they are not taken as text. */
export const hostile =
  '</title><script>window.hacked=1</script><img src=x onerror=hacked=2>"\'&amp;';

function quoted(name: string): string {
  return name.replace(/["\\]/g, (char) => `\\${char}`);
}

const text = `(module
  (import "env" "${quoted(hostile)}" (func))
  (memory (export "memory") 2 8)
  (table (export "callbacks") 3 10 funcref)
  (global (export "__data_end") i32 (i32.const 1100))
  (global (export "__heap_base") i32 (i32.const 66640))
  (global $__stack_pointer (mut i32) (i32.const 66640))
  (global (export "answer") i64 (i64.const 9007199254740993))
  (data (i32.const 1024) "hello")
  (data (i32.const 1096) "end")
  (func (export "push") (param i32)
    (global.set $__stack_pointer (i32.sub (global.get $__stack_pointer) (local.get 0))))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "${quoted(hostile)}"))
  (func (export "callOut") (call 0)))`;

export interface Functions {
  push(bytes: number): void;
  grow(pages: number): number;
  callOut(): void;
}

export interface Program {
  readonly runtime: Runtime;
  readonly instance: Instance<Functions>;
  readonly floats: OwnedBuffer<f32>;
  readonly bytes: OwnedBuffer<u8>;
  /** What the imported function does. */
  called: () => void;
}

/** With 8 KiB of host's heap, of which two buffers are in use. */
export async function program(): Promise<Program> {
  const runtime = new Runtime({
    memory: { strategy: 'small-pool', pool: { slots: 4 } },
    log: () => undefined,
  });
  const called = { run: (): void => undefined };
  const instance = runtime.load(await assemble(text), { name: hostile }).instantiate<Functions>({
    heapSize: 8192,
    imports: { env: { [hostile]: () => called.run() } },
  });
  const floats = instance.malloc(f32, 100);
  const bytes = instance.dup(new Uint8Array(50));
  return {
    runtime,
    instance,
    floats,
    bytes,
    get called() {
      return called.run;
    },
    set called(run: () => void) {
      called.run = run;
    },
  };
}
