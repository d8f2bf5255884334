/** The part of Node's own WebAssembly that tests, examples and benchmarks compare with. */
declare namespace WebAssembly {
  type ExportValue = ((...args: unknown[]) => unknown) | Memory | Table | Global;
  type ImportValue = ExportValue | ((...args: never[]) => unknown) | number | bigint;

  // eslint-disable-next-line @typescript-eslint/no-extraneous-class -- it is opaque
  class Module {
    constructor(bytes: Uint8Array | ArrayBuffer);
    static imports(module: Module): { module: string; name: string; kind: string }[];
    static exports(module: Module): { name: string; kind: string }[];
  }

  class Instance {
    constructor(module: Module, imports?: Record<string, Record<string, ImportValue>>);
    readonly exports: Record<string, ExportValue>;
  }

  class Memory {
    constructor(type: { initial: number; maximum?: number; shared?: boolean });
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }

  class Table {
    readonly length: number;
    get(index: number): unknown;
    set(index: number, value: unknown): void;
  }

  class Global {
    value: unknown;
  }

  class CompileError extends Error {}
  class LinkError extends Error {}
  class RuntimeError extends Error {}

  function validate(bytes: Uint8Array | ArrayBuffer): boolean;
}
