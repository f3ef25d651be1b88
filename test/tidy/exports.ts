import { mask } from './mask.js';
import { lineAt, within, type Rule } from './source.js';

const EXPORT = /^export (?:async )?(?:const|function\*?|class|interface|type) (\w+)/gm;

/** What is imported from here is what lib/api exports under the same names, with the types of a built-in race. */
const ENTRY = 'lib/index.ts';

/** A name that two modules of lib export has two meanings. */
export const exportsHaveNamesOfTheirOwn: Rule = (files) => {
  const first = new Map<string, string>();
  return within(files, 'lib')
    .filter(({ path }) => path !== ENTRY)
    .flatMap(({ path, text }) =>
      Array.from(mask(text).code.matchAll(EXPORT), ({ index, 1: name }) => {
        const other = first.get(name);
        first.set(name, other ?? path);
        return other === undefined || other === path
          ? []
          : [`${path}:${lineAt(text, index)}: ${name} is also exported by ${other}. Give one of them another name.`];
      }).flat(),
    );
};
