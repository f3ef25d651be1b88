/** Shortens what ava says about a failure, so that the end of a log says what went wrong. Called by summary.ts. */

const LINES_MAX = 15;
const FRAME = /^\s*(?:at|›) /;

/** Returns the message, the values, and the first line of the stack that is in the project; at most 15 lines. */
export function brief(lines: readonly string[], root: string): string[] {
  const said = lines.filter((line) => !FRAME.test(line) && line.trim() !== 'Error');
  const where = lines.find((line) => FRAME.test(line) && line.includes(root) && !line.includes('/node_modules/'));
  const place = where === undefined ? [] : [where.trim().replace(root, '')];
  const room = LINES_MAX - place.length;
  const head = said.length <= room ? said : [...said.slice(0, room - 1), `… ${said.length - room + 1} more lines`];
  return [...head, ...place];
}
