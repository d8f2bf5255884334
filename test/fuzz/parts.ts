/** Which parts of WebAssembly the engine of this Node has: only what both have can be compared. */
import type { Part } from './random_later.js';
import { header, section } from './wasm_writer.js';

/** A module with one function of these instructions. */
function isValid(code: readonly number[], memories: readonly number[][] = []): boolean {
  const body = [0, ...code, 0x0b];
  const bytes = [
    ...header,
    ...section(1, [[0x60, 0, 0]]),
    ...section(3, [[0]]),
    ...section(5, memories),
    ...section(10, [[body.length, ...body]]),
  ];
  return WebAssembly.validate(Uint8Array.from(bytes));
}

const probes: Record<Part, () => boolean> = {
  atomics: () => isValid([0x41, 0, 0xfe, 0x10, 2, 0, 0x1a], [[3, 1, 1]]),
  legacy: () => isValid([0x06, 0x40, 0x19, 0x0b]),
  exnref: () => isValid([0x1f, 0x40, 0, 0x0b]),
  references: () => isValid([0xd0, 0, 0x14, 0]),
  // V8 of Node 22 copies between memories of one address type only.
  memories: () => isValid([0x42, 0, 0x28, 0x42, 1, 0, 0x1a, 0x42, 0, 0x41, 0, 0x41, 0, 0xfc, 10, 1, 0], [[0, 1], [4, 1]]), // prettier-ignore
  objects: () => isValid([0xd0, 0x6c, 0xfb, 20, 0x6b, 0x1a]),
  // Stands in modules for other engines as calls.
  wide: () => true,
};

export const knownParts: readonly Part[] = (Object.keys(probes) as Part[]).filter((part) =>
  probes[part](),
);
