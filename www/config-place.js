// Finds the place in a configuration's text that a finding speaks of, so that a click can lead there.

/**
 * The text range of the key at a path such as `topics.llm.model` or `tools.custom[2].name`, or of its nearest parent
 * that is written down. A reading of the layout only, made for finding lines: it judges nothing.
 *
 * @param {string} text YAML or JSON
 * @param {string} path
 * @returns {{ start: number, end: number } | undefined}
 */
export function findPlace(text, path) {
  const lines = splitLines(text);
  let from = 0;
  let until = lines.length;
  let found;
  for (const step of path.match(/[^.[\]]+/g) ?? []) {
    const index = /^\d+$/.test(step) ? findItem(lines, from, until, Number(step)) : findKey(lines, from, until, step);
    if (index < 0) break;
    found = lines[index];
    from = index + (found.item ? 0 : 1);
    until = endOfBlock(lines, index, until);
  }
  if (!found) return undefined;
  const start = found.offset + found.text.length - found.text.trimStart().length;
  return { start, end: found.offset + found.text.trimEnd().length };
}

/** @param {string} text */
function splitLines(text) {
  let offset = 0;
  return text.split("\n").map((line) => {
    const { indent, dash } = /^(?<indent>\s*)(?<dash>-\s+)?/.exec(line)?.groups ?? {};
    const made = {
      text: line,
      offset,
      indent: indent?.length ?? 0,
      item: dash !== undefined,
      /** Where the key begins: behind the dash, if there is one. */
      column: (indent?.length ?? 0) + (dash?.length ?? 0),
      blank: /^\s*(#.*)?$/.test(line),
    };
    offset += line.length + 1;
    return made;
  });
}

/**
 * @typedef {ReturnType<typeof splitLines>} Lines
 */

/**
 * The line of a key at the block's own level.
 *
 * @param {Lines} lines
 * @param {number} from
 * @param {number} until
 * @param {string} key
 */
function findKey(lines, from, until, key) {
  const level = levelOf(lines, from, until, (line) => line.column);
  for (let index = from; index < until; index += 1) {
    const line = lines[index];
    if (line.blank || line.column !== level) continue;
    const written = /^["']?([^"':]+)["']?\s*:/.exec(line.text.slice(line.column))?.[1];
    if (written?.trim() === key) return index;
  }
  return -1;
}

/**
 * @param {Lines} lines
 * @param {number} from
 * @param {number} until
 * @param {number} wanted
 */
function findItem(lines, from, until, wanted) {
  const level = levelOf(lines, from, until, (line) => line.indent);
  let seen = -1;
  for (let index = from; index < until; index += 1) {
    const line = lines[index];
    if (line.blank || !line.item || line.indent !== level) continue;
    seen += 1;
    if (seen === wanted) return index;
  }
  return -1;
}

/**
 * @param {Lines} lines
 * @param {number} from
 * @param {number} until
 * @param {(line: Lines[number]) => number} measure
 */
function levelOf(lines, from, until, measure) {
  // A JSON text begins with a lone brace, which is no level of its own.
  const first = lines.slice(from, until).find((line) => !line.blank && !/^\s*[{}[\]],?\s*$/.test(line.text));
  return first ? measure(first) : 0;
}

/**
 * @param {Lines} lines
 * @param {number} index
 * @param {number} until
 */
function endOfBlock(lines, index, until) {
  const { item, indent, column } = lines[index];
  for (let next = index + 1; next < until; next += 1) {
    const line = lines[next];
    if (line.blank) continue;
    const outside = item ? line.indent <= indent : line.indent < column || (line.indent === column && !line.item);
    if (outside) return next;
  }
  return until;
}
