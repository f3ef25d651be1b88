/** The reference of the command line, made from the tables of options. Called by writeCliReference.ts, and by the test that it is up to date. */

import type { CommandSpec } from '../../lib/cli/options/command.js';
import { COLOR, CONFIG } from '../../lib/cli/options/manyCommands.js';
import type { Option } from '../../lib/cli/options/option.js';
import { shownOptions } from '../../lib/cli/options/parser.js';

/** Markdown. */
export function cliReference(commands: readonly CommandSpec[]): string {
  return [
    '# Command line',
    'Made from the tables of options (`lib/cli/<command>/options.ts`) by `npm run docs:cli`. Change the tables, not this page.',
    `Commands: ${commands.map(({ name }) => `[\`${name}\`](#${anchorOf(name)})`).join(', ')}.`,
    'Every command has `--help`. `racehammer --version` prints the version.',
    `Every command has \`${shownOptions('color', COLOR)[0].flags}\`: ${plain(shownOptions('color', COLOR)[0].help)}.`,
    `Every command has \`${shownOptions('config', CONFIG)[0].flags}\`: ${plain(CONFIG.help)} ([defaults of a project](../scripts-and-ci.md#defaults-of-a-project)).`,
    'A time has a unit: `250ms`, `90s`, `1h30m`, `2d`. A whole number may have groups and a suffix: `1_000`, `10k`, `2M`.',
    ...commands.flatMap(sectionsOf),
  ]
    .join('\n\n')
    .concat('\n');
}

function sectionsOf({ name, about, operands, options, formerly = [], notes = [] }: CommandSpec): string[] {
  const own = Object.entries(options).filter(([, option]) => option !== COLOR && option !== CONFIG);
  const rows = own.flatMap(([field, option]) => rowsOf(field, option));
  return [
    `## racehammer ${name}`,
    `${plain(sentence(about))}.`,
    ...formerly.map((old) => `\`racehammer ${old}\` is its former name, and works.`),
    `    racehammer ${[name, ...operands.map((operand) => operand.name), '[options]'].join(' ')}`,
    ...(operands.length === 0 ? [] : [operands.map((each) => `- \`${each.name}\`: ${plain(each.help)}`).join('\n')]),
    ['| option | value | default | what it does |', '| --- | --- | --- | --- |', ...rows].join('\n'),
    ...notes.map(plain),
  ];
}

function rowsOf(name: string, option: Option<unknown>): string[] {
  const [{ flags }, off] = shownOptions(name, option);
  const { takes = '', usual = '', isRepeatable } = option;
  const does = `${sentence(option.help)}${isRepeatable === true ? '; repeatable' : ''}`;
  const line = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(`\`${flags}\``, plain(takes), plain(usual), plain(does)),
    ...(off === undefined ? [] : [line(`\`${off.flags}\``, '', '', plain(sentence(off.help)))]),
  ];
}

function anchorOf(name: string): string {
  return `racehammer-${name.replaceAll(' ', '-')}`;
}

function sentence(text: string): string {
  return `${text[0].toUpperCase()}${text.slice(1)}`;
}

/** Text that Markdown leaves as it is. */
function plain(text: string): string {
  return text.replace(/[|<>*_\\]/g, (sign) => `\\${sign}`);
}
