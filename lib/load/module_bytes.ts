/** Whose a module's bytes are: see docs/memory.md. */
import { Buffer } from 'node:buffer';
import { fileURLToPath } from 'node:url';
import { types } from 'node:util';
import { UsageError } from '../base/errors.js';
import { wordOf } from '../base/options.js';

/**
 * Who owns the bytes of a module, which are used as long as it or an instance of it is there.
 *
 * - `copy`: wembed, a copy of its own. The caller's may change and go. The default, because it is
 *   the only one without a condition.
 * - `borrow`: the caller, and nothing is copied: a SharedArrayBuffer or a view of one. It is kept
 *   alive; who changes its contents changes the program. An ArrayBuffer cannot be borrowed: its
 *   owner could detach it at any time, which frees what the module still reads.
 * - `transfer`: wembed, and nothing is copied: the ArrayBuffer is detached. When the bytes are no
 *   valid module, it is not, and stays the caller's.
 */
export type Ownership = 'copy' | 'borrow' | 'transfer';

export const ownerships: readonly Ownership[] = ['copy', 'borrow', 'transfer'];

/** What a module can be loaded from. */
export type ModuleBytes = ArrayBuffer | SharedArrayBuffer | ArrayBufferView;

// Taken once, before anybody can replace it.
const clone = structuredClone;

/** All the bytes as a view. */
function viewOf(bytes: ModuleBytes): Uint8Array {
  try {
    if (ArrayBuffer.isView(bytes)) {
      return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    if (types.isAnyArrayBuffer(bytes)) return new Uint8Array(bytes);
  } catch (error) {
    throw new UsageError('the buffer is detached', { cause: error });
  }
  throw new UsageError('the bytes have to be an ArrayBuffer, a SharedArrayBuffer or a view of one');
}

function checkBorrowed(view: Uint8Array): void {
  if (types.isSharedArrayBuffer(view.buffer)) return;
  throw new UsageError(
    'only a SharedArrayBuffer can be borrowed: an ArrayBuffer could be detached while the module ' +
      "uses it; use ownership 'transfer' or 'copy'",
  );
}

function checkTransferred(view: Uint8Array): void {
  const { buffer } = view;
  if (types.isSharedArrayBuffer(buffer)) {
    throw new UsageError("a SharedArrayBuffer cannot be transferred: use ownership 'borrow'");
  }
  if ('resizable' in buffer && buffer.resizable === true) {
    throw new UsageError("a resizable ArrayBuffer cannot be transferred: use ownership 'copy'");
  }
  if (view.byteLength !== buffer.byteLength) {
    throw new UsageError(
      'a view of a part of an ArrayBuffer cannot be transferred, and a small Buffer shares its ' +
        "ArrayBuffer with others: use ownership 'copy'",
    );
  }
}

/** Checks what is to be loaded; the bytes, and whether they are used where they are. */
export function checkedBytes(
  bytes: ModuleBytes,
  ownership: Ownership,
): { view: Uint8Array; held: boolean } {
  const view = viewOf(bytes);
  switch (wordOf(ownership, ownerships, 'ownership')) {
    case 'copy':
      return { view, held: false };
    case 'borrow':
      checkBorrowed(view);
      return { view, held: true };
    case 'transfer':
      checkTransferred(view);
      return { view, held: true };
  }
}

/**
 * Detaches the view's buffer. The result is over the same memory, in a buffer that nobody else
 * has: none can detach that one.
 */
export function transferred(view: Uint8Array): Uint8Array {
  const buffer = view.buffer as ArrayBuffer;
  try {
    return new Uint8Array(clone(buffer, { transfer: [buffer] }));
  } catch (error) {
    throw untransferable(error);
  }
}

/** Also for the buffers that Node marks: it copies them without a word. */
export function untransferable(cause?: unknown): UsageError {
  return new UsageError(
    "the ArrayBuffer cannot be transferred: use ownership 'copy'",
    cause === undefined ? undefined : { cause },
  );
}

/** A module's name: reading it must not run code of the caller's. */
export function nameOf(name: string): string {
  if (typeof name !== 'string') throw new UsageError('the name has to be a string');
  return name;
}

/** A path as the system takes it, and as text for messages. */
export function pathOf(path: string | Uint8Array | URL): { bytes: Uint8Array; text: string } {
  let bytes: Uint8Array;
  try {
    const named = types.isUint8Array(path) || typeof path === 'string' ? path : fileURLToPath(path);
    bytes = typeof named === 'string' ? Buffer.from(named) : named;
  } catch (error) {
    throw new UsageError('the path has to be a string, a Buffer or a file URL', { cause: error });
  }
  if (bytes.includes(0)) throw new UsageError('the path contains a zero byte');
  return { bytes, text: Buffer.from(bytes).toString() };
}
