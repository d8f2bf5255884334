/** The names that a module's name section has. */
import { wordOf } from '../base/options.js';
import { type ModuleHandle, binding } from '../raw/binding.js';

/** In the order of the C API. */
const kinds = [
  'module',
  'function',
  'local',
  'label',
  'type',
  'table',
  'memory',
  'global',
  'element',
  'data',
  'field',
  'tag',
] as const;

/**
 * What has names. A `local` and a `label` belong to a function, a `field` to a structure type; the
 * others have a number in the module. `element` and `data` are segments.
 */
export type NameKind = (typeof kinds)[number];

/** One name of a module. */
export interface ModuleName {
  /** Of what has it; of a local or a label its function's, of a field its type's. */
  readonly index: number;
  /** Number of a local, a label or a field in that. */
  readonly inner?: number;
  /** As the section has it. */
  readonly name: string;
}

/** Of an open module. */
export function namesOf(handle: ModuleHandle, kind: NameKind): ModuleName[] {
  const number = kinds.indexOf(wordOf(kind, kinds, 'the kind'));
  const isNested = kind === 'local' || kind === 'label' || kind === 'field';
  return (binding.moduleNames(handle, number) ?? []).map(({ index, inner, name }) =>
    isNested ? { index, inner, name } : { index, name },
  );
}
