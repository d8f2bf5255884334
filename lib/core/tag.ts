/** Tags of exceptions. */
import { ResourceError, UsageError } from '../base/errors.js';
import { shown, shownAs } from '../base/shown.js';
import { refusal } from '../base/uncloneable.js';
import { type RuntimeHandle, type TagHandle, binding } from '../raw/binding.js';
import { type ValueType, kindOf, valueType } from '../raw/value_type.js';

const cloned = refusal('Tag');

/** What a Tag is made from. */
export interface TagDescriptor {
  /** The types of the values that are thrown with it. */
  readonly parameters: readonly ValueType[];
}

/** What tags need of a runtime. */
export interface TagRuntime {
  readonly handle: RuntimeHandle;
  readonly closed: boolean;
}

/** A tag in a runtime: `key` is no other tag's as long as the handle is there. */
interface NativeTag {
  readonly handle: TagHandle;
  readonly key: number;
}

/** @internal */
export interface TagParts {
  readonly kinds: readonly number[];
  /** Made by a host: it is in as many runtimes as it was used in. */
  readonly natives: WeakMap<TagRuntime, NativeTag>;
  /** The module's that it was exported by, which is in that runtime alone. */
  readonly only: TagRuntime | undefined;
}

const parts = new WeakMap<Tag, TagParts>();

/** By key. */
const known = new Map<number, WeakRef<Tag>>();

/** @internal Throws for what is none. */
export function tagParts(tag: unknown): TagParts {
  const found = parts.get(tag as Tag);
  if (found === undefined) throw new TypeError('not a Tag of wembed');
  return found;
}

/** What exceptions are told apart by: made here for imports, or exported by an instance. */
export class Tag {
  /** @internal See uncloneable.ts. */
  readonly cloned: symbol = cloned;
  /** The types of the values that are thrown with it. */
  readonly parameters: readonly ValueType[];

  /** Throws a TypeError for what is no value type, a RangeError for more than 1000. */
  constructor(descriptor: TagDescriptor) {
    const given: unknown = (descriptor as TagDescriptor | undefined)?.parameters;
    if (!Array.isArray(given)) throw new TypeError('a Tag needs { parameters: [types...] }');
    if (given.length > mostParameters) throw new RangeError('a Tag has too many parameters');
    const kinds = given.map((type) => kindOf(type as ValueType));
    this.parameters = Object.freeze(kinds.map(valueType));
    parts.set(this, { kinds, natives: new WeakMap(), only: undefined });
  }

  /** @internal */
  [shown](): string {
    return shownAs('Tag', () => `(${this.parameters.join(', ')})`);
  }
}

const mostParameters = 1000;

/**
 * The tag by which guests catch what host functions throw that is no Exception; its one value, an
 * externref, is what was thrown. As WebAssembly.JSTag.
 */
export const JSTag: Tag = new Tag({ parameters: ['externref'] });

/** The tag in that runtime. Throws when it is another runtime's. */
export function nativeTag(tag: Tag, runtime: TagRuntime): NativeTag {
  const { kinds, natives, only } = tagParts(tag);
  if (only !== undefined && only !== runtime) {
    throw new UsageError('the tag belongs to another runtime');
  }
  const found = natives.get(runtime);
  if (found !== undefined) return found;
  const made = binding.tagNew(runtime.handle, kinds);
  if (made === undefined) throw new ResourceError('out of memory', { code: 'OutOfMemory' });
  const [handle, key] = made;
  const native = { handle, key };
  natives.set(runtime, native);
  known.set(key, new WeakRef(tag));
  return native;
}

/** Whether the tag has that key in the runtime. */
export function isIn(tag: Tag, runtime: TagRuntime, key: number): boolean {
  return tagParts(tag).natives.get(runtime)?.key === key;
}

/** The Tag for one of the addon's: the same object as long as somebody has it. */
export function tagFor(
  runtime: TagRuntime,
  handle: TagHandle,
  key: number,
  kinds: readonly number[],
): Tag {
  const before = known.get(key)?.deref();
  if (before !== undefined && parts.get(before)?.natives.get(runtime)?.key === key) return before;
  const tag = Object.create(Tag.prototype) as Tag;
  Object.assign(tag, { cloned, parameters: Object.freeze(kinds.map(valueType)) });
  const natives = new WeakMap<TagRuntime, NativeTag>([[runtime, { handle, key }]]);
  parts.set(tag, { kinds, natives, only: runtime });
  known.set(key, new WeakRef(tag));
  forgotten.register(tag, key);
  return tag;
}

const forgotten = new FinalizationRegistry((key: number) => {
  if (known.get(key)?.deref() === undefined) known.delete(key);
});
