/** Takes the start function out of a module, so that making an instance runs nothing of it. */

const START = 8;
const HEADER = 8;

/** The section in a binary, from its id to its end; undefined: it has none, or is malformed. */
function find(bytes: Uint8Array): { at: number; content: number; end: number } | undefined {
  for (let at = HEADER; at < bytes.length;) {
    let content = at + 1;
    let size = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = bytes[content] ?? 0;
      content += 1;
      size += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    const end = content + size;
    if (bytes[at] === START && size > 0 && end <= bytes.length) return { at, content, end };
    at = end;
  }
  return undefined;
}

/**
 * The bytes with a custom section in the place of the start section, as long as that, and where it
 * is. The same bytes when there is none.
 */
export function withoutStart(bytes: Uint8Array): { bytes: Uint8Array; at: number | undefined } {
  const section = find(bytes);
  if (section === undefined) return { bytes, at: undefined };
  const copy = bytes.slice();
  copy[section.at] = 0;
  copy[section.content] = section.end - section.content - 1; // length of its name
  copy.fill(0x2e, section.content + 1, section.end);
  return { bytes: copy, at: section.at };
}
