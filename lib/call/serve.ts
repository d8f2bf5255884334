/**
 * What the wrapper of a wasm function does while the guest calls host functions: the addon returns
 * each to it, so that none of them runs below native code.
 */
import type { InstanceCore } from '../core/instance_core.js';
import { type WaitedFor, binding } from '../raw/binding.js';
import { Status, Word, i32 as words } from '../raw/cell.js';

// What is a module's own is read in one load.
const i32 = words;

const { resume } = binding;

/** Runs the host functions that a call waits for, until it has ended. */
export function serve(core: InstanceCore, first: WaitedFor): void {
  const depth = (i32[Word.DEPTH] ?? 1) - 1;
  let host = first;
  try {
    for (;;) {
      host();
      const next = resume();
      if (next !== undefined) host = next;
      else if (i32[Word.STATUS] !== Status.AGAIN) return;
    }
  } finally {
    // There was no stack left, or the worker ends: what waits is given up by the next call.
    if (i32[Word.DEPTH] !== depth) abandon(core, depth);
  }
}

function abandon(core: InstanceCore, depth: number): void {
  i32[Word.DEPTH] = depth;
  i32[Word.HOST_OUTCOME] = 0;
  core.group.cause = undefined;
}
