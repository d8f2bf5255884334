/**
 * The shape of a description, checked: what schema/types.schema.json says, with errors that name the
 * place. What is in the texts of types is checked by who reads them.
 */

export class ShapeError extends Error {}

type Check = (value: unknown, where: string) => void;

const shown = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`;

function refuse(where: string, wanted: string, value: unknown): never {
  throw new ShapeError(`${where} has to be ${wanted}, not ${shown(value)}`);
}

const text: Check = (value, where) => {
  if (typeof value !== 'string') refuse(where, 'text', value);
};
const flag: Check = (value, where) => {
  if (typeof value !== 'boolean') refuse(where, 'true or false', value);
};
const number: Check = (value, where) => {
  if (typeof value !== 'number') refuse(where, 'a number', value);
};
const count: Check = (value, where) => {
  number(value, where);
  if (!Number.isInteger(value) || (value as number) < 0) {
    throw new ShapeError(`${where} has to be a whole number from 0, not ${String(value)}`);
  }
};

const oneOf =
  (...known: readonly string[]): Check =>
  (value, where) => {
    if (typeof value === 'string' && known.includes(value)) return;
    const given = typeof value === 'string' ? `"${value}"` : shown(value);
    throw new ShapeError(`${where} has to be one of ${known.join(', ')}, not ${given}`);
  };

const list =
  (item: Check): Check =>
  (value, where) => {
    if (!Array.isArray(value)) refuse(where, 'a list', value);
    value.forEach((each, index) => {
      item(each, `${where}[${index}]`);
    });
  };

const bits: Check = (value, where) => {
  list(count)(value, where);
  if ((value as unknown[]).length !== 2) throw new ShapeError(`${where} has to be two numbers`);
};

function entriesOf(value: unknown, where: string): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse(where, 'an object', value);
  }
  return Object.entries(value);
}

const at = (where: string, key: string): string =>
  /^[A-Za-z_$][\w$]*$/.test(key) ? `${where}.${key}` : `${where}[${JSON.stringify(key)}]`;

const map =
  (item: Check): Check =>
  (value, where) => {
    for (const [key, each] of entriesOf(value, where)) item(each, at(where, key));
  };

/** Which of the known names a given one is nearly, or all of them. */
function alike(given: string, known: readonly string[]): string {
  const letters = (name: string): string => Array.from(name.toLowerCase()).sort().join('');
  const near = known.find(
    (name) => letters(name) === letters(given) || name.startsWith(given) || given.startsWith(name),
  );
  return near === undefined ? `; it may have ${known.join(', ')}` : `; is "${near}" meant?`;
}

/** Members by name; those with a question mark may be absent. */
const object =
  (members: Readonly<Record<string, Check>>): Check =>
  (value, where) => {
    const names = Object.keys(members).map((name) => name.replace('?', ''));
    const given = new Map(entriesOf(value, where));
    for (const key of given.keys()) {
      if (!names.includes(key)) {
        throw new ShapeError(`${where} cannot have "${key}"${alike(key, names)}`);
      }
    }
    for (const [name, check] of Object.entries(members)) {
      const key = name.replace('?', '');
      if (given.has(key)) check(given.get(key), at(where, key));
      else if (key === name) throw new ShapeError(`${where} has no "${key}"`);
    }
  };

const params = list(object({ name: text, type: text, 'lengthOf?': text }));
const signature = { params, 'result?': text, 'text?': flag, 'frees?': flag, 'source?': text };
const fields = list(object({ name: text, at: count, type: text, 'bits?': bits }));
const named = { kind: text, 'called?': text };
const compound = object({ ...named, size: count, align: count, fields, 'source?': text });

/** By `kind`. */
const kinds: Readonly<Record<string, Check>> = {
  struct: compound,
  union: compound,
  enum: object({ ...named, of: text, values: map(number), 'source?': text }),
  function: object({ kind: text, ...signature }),
  opaque: object(named),
  managed: object({
    ...named,
    as: oneOf('string', 'buffer', 'array', 'fixed', 'view', 'class', 'opaque'),
    id: count,
    'element?': text,
    'size?': count,
    'fields?': fields,
  }),
};

const type: Check = (value, where) => {
  const kind: unknown = new Map(entriesOf(value, where)).get('kind');
  oneOf(...Object.keys(kinds))(kind, `${where}.kind`);
  kinds[kind as string]?.(value, where);
};

const functions = map(object(signature));
const description = object({
  '$schema?': text,
  version: number,
  'types?': map(type),
  'functions?': functions,
  'imports?': map(functions),
  'left?': map(text),
});

/** Throws a ShapeError that names the place. */
export function checkShape(value: unknown): void {
  description(value, 'it');
}
