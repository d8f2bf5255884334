/** Byte streams transfer the buffer of what they are given, whoever it belongs to. */
import { ReadableStream } from 'node:stream/web';

/** The view that such a stream gives back: over the same storage, with `byte` at its beginning. */
export async function readInto(view: Uint8Array, byte: number): Promise<Uint8Array> {
  const stream = new ReadableStream({
    type: 'bytes',
    pull: (controller) => {
      controller.enqueue(Uint8Array.of(byte));
    },
  });
  const { value } = await stream.getReader({ mode: 'byob' }).read(view);
  if (value === undefined) throw new Error('the stream has ended');
  return value;
}
