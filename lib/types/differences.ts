/** What has changed between two generated declarations, for people and for builds that fail by it. */

/** Each declared thing by its name, with its text. */
function entries(declarations: string): Map<string, string> {
  const found = new Map<string, string>();
  let owner = '';
  let space = '';
  for (const line of declarations.split('\n')) {
    const opened = /^export (?:declare )?(?:interface|enum) ([\w$]+) \{/.exec(line);
    if (opened !== null) {
      owner = opened[1] ?? '';
      space = '';
      found.set(owner, '');
      continue;
    }
    const alias = /^export type ([\w$]+) = (.*)$/.exec(line);
    if (alias !== null) found.set(alias[1] ?? '', (alias[2] ?? '').trim());
    if (line === '}') owner = '';
    if (owner === '') continue;
    const inner = /^ {2}("(?:[^"\\]|\\.)*"|[\w$]+): \{$/.exec(line);
    if (inner !== null) space = `${inner[1] ?? ''}.`;
    else if (line === '  };') space = '';
    const item = /^ +("(?:[^"\\]|\\.)*"|[\w$]+)(\??: .*|\(.*| = .*)$/.exec(line);
    if (item !== null && inner === null) {
      const name = owner === 'Exports' ? `${item[1]}` : `${owner}.${space}${item[1]}`;
      found.set(name, `${item[1] ?? ''}${item[2] ?? ''}`.trim());
    }
  }
  return found;
}

/** The same of a header for C: callers, fields with their offsets, enumerators, definitions. */
function headerEntries(header: string): Map<string, string> {
  const found = new Map<string, string>();
  let owner = '';
  for (const line of header.split('\n')) {
    const caller = /^static inline \w.*?(\w+)\((.*)\) \{$/.exec(line);
    if (caller !== null) found.set(caller[1] ?? '', line.slice(0, -2));
    const opened = /^typedef (?:struct|union) .*?(\w+) \{$/.exec(line);
    if (opened !== null) found.set((owner = opened[1] ?? ''), '');
    else if (line.startsWith('}') || line === '') owner = '';
    const field = /^ {2}.*?(\w+)(?:\[\d+\])*(?: : \d+)?;/.exec(line);
    if (owner !== '' && field !== null) found.set(`${owner}.${field[1]}`, line.trim());
    const asserted = /^\w+_CHECK\((.*?) == (\d+)/.exec(line);
    if (asserted !== null) found.set(asserted[1] ?? '', asserted[2] ?? '');
    const value = /^ {2}(\w+) = (-?\d+),$/.exec(line);
    if (value !== null) found.set(value[1] ?? '', value[2] ?? '');
    const alias = /^typedef (\w+) (\w+);$/.exec(line);
    if (alias !== null) found.set(alias[2] ?? '', alias[1] ?? '');
  }
  return found;
}

/** As lines; none: both say the same. Of declarations for TypeScript, or of headers for C. */
export function differences(before: string, after: string): string[] {
  const read = after.startsWith('/*') ? headerEntries : entries;
  const old = read(before);
  const now = read(after);
  const lines: string[] = [];
  for (const [name, text] of now) {
    const known = old.get(name);
    if (known === undefined) lines.push(`added    ${name}${text === '' ? '' : `   ${text}`}`);
    else if (known !== text) lines.push(`changed  ${name}\n  was    ${known}\n  is     ${text}`);
  }
  for (const [name, text] of old) {
    if (!now.has(name)) lines.push(`removed  ${name}${text === '' ? '' : `   ${text}`}`);
  }
  return lines;
}
