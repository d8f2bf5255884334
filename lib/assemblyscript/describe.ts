/** A description of what an AssemblyScript program exports and imports, by its compiler. */
import type {
  Description,
  FieldDescription,
  FunctionDescription,
  ManagedDescription,
  TypeDescription,
} from '../types/description.js';
import { Names } from '../types/names.js';
import type { AscClass, AscElement, AscFunction, AscProgram, AscType } from './compiler.js';

/** Files that were named on the compiler's command line: their exports are the module's. */
const USER_ENTRY = 1;

/** Why there is no typed caller. */
class Refused extends Error {}

class Describer {
  readonly types: Record<string, TypeDescription> = {};
  readonly #names = new Names();
  readonly #known = new Map<AscClass, string>();

  constructor(readonly program: AscProgram) {}

  text(type: AscType): string {
    const { classReference } = type;
    if (classReference !== null && type.isManaged) {
      return `${this.#class(classReference)}${type.isNullableReference ? '?' : ''}`;
    }
    if (type.isBooleanValue) return 'bool';
    const known = [8, 16, 32, 64].includes(type.size);
    if (type.isFloatValue && type.size >= 32 && known) return `f${type.size}`;
    if (type.isIntegerValue && known) return `${type.isSignedIntegerValue ? 'i' : 'u'}${type.size}`;
    throw new Refused(`${type.toString()} is not passed`);
  }

  #class(item: AscClass): string {
    const known = this.#known.get(item);
    if (known !== undefined) return known;
    const name = this.#names.take(item.name);
    this.#known.set(item, name);
    this.types[name] = { kind: 'opaque' }; // it may lead back to itself
    const called = item.internalName;
    this.types[name] = { kind: 'managed', id: item.id, ...this.#shape(item), called };
    return name;
  }

  #shape(item: AscClass): Omit<ManagedDescription, 'kind' | 'id'> {
    const { program } = this;
    if (item === program.stringInstance) return { as: 'string' };
    if (item === program.arrayBufferInstance) return { as: 'buffer' };
    if (item.extendsPrototype(program.arrayPrototype)) return this.#array('array', item);
    if (item.extendsPrototype(program.staticArrayPrototype)) return this.#array('fixed', item);
    const view = program.arrayBufferViewInstance;
    if (item !== view && item.extends(view)) return this.#array('view', item);
    // What the library keeps in its own classes is its own business.
    if (item.internalName.startsWith('~lib/')) return { as: 'opaque' };
    return { as: 'class', size: item.nextMemoryOffset, fields: this.#fields(item) };
  }

  #array(as: 'array' | 'fixed' | 'view', item: AscClass): Omit<ManagedDescription, 'kind' | 'id'> {
    try {
      return { as, element: this.text(item.getArrayValueType()) };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return { as: 'opaque' };
    }
  }

  /** Its own and those of the classes it extends, which come first. */
  #fields(item: AscClass): FieldDescription[] {
    const fields = [...(item.members?.values() ?? [])].flatMap((member): FieldDescription[] => {
      const property = member.instance ?? member;
      const { isField, type, memoryOffset } = property;
      if (isField !== true || type === undefined || memoryOffset === undefined) return [];
      return [{ name: member.name, at: memoryOffset, type: this.text(type) }];
    });
    return fields.sort((a, b) => a.at - b.at);
  }

  describe(item: AscFunction): FunctionDescription {
    const { parameterTypes, returnType } = item.signature;
    const names = new Names();
    const params = parameterTypes.map((type, index) => ({
      name: names.take(item.getParameterName(index)),
      type: this.text(type),
    }));
    return returnType.toString() === 'void'
      ? { params }
      : { params, result: this.text(returnType) };
  }
}

/** The function that an element is; generic ones are none until somebody calls them. */
function functionOf(element: AscElement): AscFunction | undefined {
  if (element.signature !== undefined) return element as unknown as AscFunction;
  const found = element.instances?.get('');
  return found !== undefined && 'signature' in found ? found : undefined;
}

export function describeProgram(program: AscProgram): Description {
  const describer = new Describer(program);
  const functions: Record<string, FunctionDescription> = {};
  const imports: Record<string, Record<string, FunctionDescription>> = {};
  const left: Record<string, string> = {};
  const add = (
    into: Record<string, FunctionDescription>,
    name: string,
    element: AscElement,
    refused: (why: string) => void,
  ): void => {
    const item = functionOf(element);
    if (item === undefined) return;
    try {
      into[name] = describer.describe(item);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refused(error.message);
    }
  };
  for (const file of program.filesByName.values()) {
    if (file.source.sourceKind !== USER_ENTRY) continue;
    for (const [name, element] of file.exports ?? []) {
      add(functions, name, element, (why) => (left[name] = why));
    }
  }
  for (const [from, elements] of program.moduleImports) {
    const space = (imports[from] ??= {});
    for (const [name, element] of elements) add(space, name, element, () => undefined);
  }
  return {
    version: 1,
    types: describer.types,
    functions,
    imports,
    ...(Object.keys(left).length > 0 && { left }),
  };
}
