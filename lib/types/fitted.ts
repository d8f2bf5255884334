/** What of a description fits the types that the module has in wasm, and what those are by themselves. */
import { TypeCode } from './code.js';
import { type Description, type FunctionDescription, isScalar } from './description.js';
import type { WasmFile } from './wasm_file.js';

/** Types of wasm alone, with names where the file has some. */
export function plainDescription(file: WasmFile): Description {
  const plain = (item: {
    params: readonly string[];
    results: readonly string[];
    names: ReadonlyMap<number, string>;
  }): FunctionDescription | undefined => {
    const known = (type: string): boolean => isScalar(type);
    if (!item.params.every(known) || !item.results.every(known)) return undefined;
    if (item.results.length > 1) return undefined;
    return {
      params: item.params.map((type, index) => ({
        name: item.names.get(index) ?? `p${index}`,
        type,
      })),
      ...(item.results[0] !== undefined && { result: item.results[0] }),
    };
  };
  const functions: Record<string, FunctionDescription> = {};
  const left: Record<string, string> = {};
  const imports: Record<string, Record<string, FunctionDescription>> = {};
  for (const item of file.exports) {
    const made = plain(item);
    if (made === undefined) left[item.name] = `its type is ${item.signature}`;
    else functions[item.name] = made;
  }
  for (const item of file.imports) {
    const made = plain(item);
    if (made !== undefined) (imports[item.from] ??= {})[item.name] = made;
  }
  return {
    version: 1,
    types: {},
    functions,
    imports,
    ...(Object.keys(left).length > 0 && { left }),
  };
}

/** Leaves out what does not agree with wasm's types: nothing is called that would go wrong. */
export function fitted(description: Description, file: WasmFile): Description {
  const code = new TypeCode(description, file.memory64);
  const plain = plainDescription(file);
  const left: Record<string, string> = { ...description.left };
  const functions: Record<string, FunctionDescription> = {};
  const agrees = (
    item: FunctionDescription,
    wasm: { params: readonly string[]; results: readonly string[] },
  ): boolean => {
    const { params, results } = code.signature(item);
    return params.join() === wasm.params.join() && results.join() === wasm.results.join();
  };
  for (const item of file.exports) {
    const known = description.functions[item.name];
    if (known !== undefined && agrees(known, item)) {
      functions[item.name] = known;
      continue;
    }
    if (known !== undefined) left[item.name] = `its types do not agree with ${item.signature}`;
    const made = plain.functions[item.name];
    if (made !== undefined && left[item.name] === undefined) functions[item.name] = made;
  }
  const imports: Record<string, Record<string, FunctionDescription>> = {};
  for (const item of file.imports) {
    const known = description.imports[item.from]?.[item.name];
    const made =
      known !== undefined && agrees(known, item) ? known : plain.imports[item.from]?.[item.name];
    if (made !== undefined) (imports[item.from] ??= {})[item.name] = made;
  }
  return {
    version: 1,
    types: description.types,
    functions,
    imports,
    ...(Object.keys(left).length > 0 && { left }),
  };
}
