/**
 * Epochs of memories as plain numbers: words of arrays shared with the addon, which changes a word
 * before JavaScript could use a stale view. See native/addon/epoch_words.h.
 */
import { binding } from './binding.js';

const WORDS = 1024;
const blocks = new Map<number, Uint32Array>();

/** The array that holds the word, from its place on. */
export function epochWord(index: number): Uint32Array {
  const number = Math.floor(index / WORDS);
  let block = blocks.get(number);
  if (block === undefined) {
    block = new Uint32Array(binding.epochBlock(number));
    blocks.set(number, block);
  }
  return block.subarray(index % WORDS);
}
