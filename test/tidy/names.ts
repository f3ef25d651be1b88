import { mask } from './mask.js';
import { within, type Rule } from './source.js';

const DRAWER = /^(?:utils?|common|helpers?|misc)$/;

/** No file or folder is a drawer for things without a name of their own. */
export const noDrawers: Rule = (files) =>
  files.flatMap(({ path }) => {
    const drawer = path.split('/').find((part) => DRAWER.test(part.split('.')[0]));
    if (drawer === undefined) return [];
    return [`${path}:1: "${drawer}" says nothing about its content. Put it beside the noun that it belongs to.`];
  });

/** An exported function, whatever its case, or an exported constant in small letters: _PAGE_NUMA counts as one. */
const CLAIM = /^export (?:(?:async )?function\*? (?<fn>\w*_\w*)|const (?<value>_\w+|[a-z0-9]+(?:_[a-z0-9]+)+)\b)/;

/**
 * A name with the kernel's spelling says where the kernel has it. Constants in capitals are left out, because ours are
 * written so as well. A run of declarations without a blank line between them shares the docstring of the first.
 */
export const kernelNamesAreDocumented: Rule = (files) =>
  within(files, 'lib/kernel', 'lib/mm', 'lib/arch').flatMap((file) => {
    const lines = file.text.split('\n');
    return mask(file.text)
      .code.split('\n')
      .flatMap((line, index) => {
        const groups = CLAIM.exec(line)?.groups;
        const name = groups?.['fn'] ?? groups?.['value'];
        if (name === undefined || docstringAbove(lines, index).includes('@kernel')) return [];
        const at = `${file.path}:${index + 1}`;
        return [
          `${at}: ${name} claims to exist in Linux or Xen. Say where: "@kernel <file or mail>" in its docstring; ` +
            'or give it a camelCase name, if it is ours.',
        ];
      });
  });

function docstringAbove(lines: readonly string[], index: number): string {
  let end = index - 1;
  while (end >= 0 && lines[end].startsWith('export ')) end--;
  if (end < 0 || !lines[end].trimEnd().endsWith('*/')) return '';
  let start = end;
  while (start > 0 && !lines[start].includes('/*')) start--;
  return lines.slice(start, end + 1).join('\n');
}

/** The catalogue of the races names every race. */
export const catalogueIsComplete: Rule = (files) => {
  const catalogue = files.find(({ path }) => path === 'stress/README.md');
  if (catalogue === undefined) return [];
  const words = new Set(catalogue.text.match(/[\w-]+/g));
  return files.flatMap(({ path }) => {
    const [, folder, file] = /^stress\/([^/]+)\/([^/.]+)\.ts$/.exec(path) ?? [];
    const name = folder === 'litmus' ? file : file === 'race' ? folder : undefined;
    if (name === undefined || words.has(name)) return [];
    return [`stress/README.md:1: does not name ${name}. Add its line: question, result, mail, commit.`];
  });
};
