import { mask } from './mask.js';
import { lineAt, within, type Rule } from './source.js';

/** A docstring with the function behind it. */
const DOCUMENTED = /\/\*\*(?<text>(?:(?!\*\/)[^])*)\*\/\n(?:export )?(?:async )?function\b\*? ?(?<name>\w+)/g;

/** A verb of the third person, `Whether`, or the source of a kernel name. */
const BEGINS = /^(?:[A-Z][a-z]*s,?(?=\s)|Whether\b|@kernel\b)/;

/** What a function does stands at the beginning of its docstring: "Returns the rate", not "The rate". */
export const docstringsBeginWithVerbs: Rule = (files) =>
  within(files, 'lib').flatMap((file) => {
    const { comments } = mask(file.text);
    return Array.from(file.text.matchAll(DOCUMENTED))
      .filter(({ index }) => comments.startsWith('/**', index))
      .filter(({ groups }) => !BEGINS.test(groups!['text'].replace(/\n\s*\*/g, ' ').trim()))
      .map(({ index, groups }) => {
        return `${file.path}:${lineAt(file.text, index)}: the docstring of ${groups!['name']} begins with no verb. Say what it does: "Returns …".`;
      });
  });
