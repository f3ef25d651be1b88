import { mask } from './mask.js';
import { lineAt, within, type Rule } from './source.js';

const PLACE = 'lib/statistics/counts.ts';

/** A field or parameter with the type of a count. */
const FIELD = /\b(trials|failures|nearMisses|seconds)\??\s*:\s*number\b/g;
/** A count of one side and the same count of the other, added or subtracted by hand. */
const BY_HAND = /\b(trials|failures|nearMisses|seconds): [\w.#[\]?]+\.\1 [-+] [\w.#[\]?]+\.\1\b/g;

/** What trials have counted is one type, and its sums and differences are made in one place. */
export const countsAreOneType: Rule = (files) =>
  within(files, 'lib')
    .filter(({ path }) => path !== PLACE)
    .flatMap(({ path, text }) => {
      const { code } = mask(text);
      return [
        ...shapesOf(code).map(
          (at) => `${path}:${lineAt(text, at)}: declares counts of trials once more. Say Pick<Counts, …> of ${PLACE}.`,
        ),
        ...Array.from(
          code.matchAll(BY_HAND),
          ({ index }) =>
            `${path}:${lineAt(text, index)}: adds or subtracts counts by hand. Use plus() or minus() of ${PLACE}.`,
        ),
      ];
    });

/** Where a pair of braces declares two counts or more; parameters of functions are no fields. */
function shapesOf(code: string): number[] {
  const found: number[] = [];
  const open: { readonly at: number; readonly brace: boolean; readonly names: Set<string> }[] = [];
  const fields = new Map(Array.from(code.matchAll(FIELD), ({ index, 1: name }) => [index, name] as const));
  for (let at = 0; at < code.length; at++) {
    const innermost = open.at(-1);
    const name = fields.get(at);
    if (name !== undefined && innermost?.brace === true) innermost.names.add(name);
    if (code[at] === '{' || code[at] === '(') open.push({ at, brace: code[at] === '{', names: new Set() });
    if (code[at] === '}' || code[at] === ')') {
      if (innermost !== undefined && innermost.names.size >= 2) found.push(innermost.at);
      open.pop();
    }
  }
  return found;
}
