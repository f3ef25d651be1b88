/*
 * Runs what a page of the documentation shows, in a folder of its own with the package installed: blocks of `js FILE` are
 * written to that file, and of `console` blocks each line behind `$ ` is run, in the order of the page. The other lines of a block are
 * what the commands must print, in any order. Figures may be others, `...` stands for anything. `console exit=3` names the exit code,
 * `exit=0|4` those that may be.
 * Commands of racehammer share a process (keptProgram.ts), until the page writes a file of code again: a process keeps what it has loaded.
 * Called by the tests of pages.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FOLDER, PIPED } from './cli.js';
import { endKept, runKeptIn } from './keptProgram.js';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const MAIN = join(ROOT, 'dist/lib/cli/main.js');
const VITEST = join(createRequire(import.meta.url).resolve('vitest/package.json'), '..', 'vitest.mjs');
/** What a run without a limit gets: pages show the commands that a reader types. Of half as many, too few decide on a busy host. */
const SHORT = ' --trials 40000';
/** What a soak gets in place of the time that a page gives it: it ends in the same way, whatever its rows have come to. */
const SHORT_SOAK = '--duration 500ms';
/** What a shell makes something else of, but for the stars of file names. */
const SHELL = /[?$|<>&;"'~`]/;

/** A block of a page. */
interface Block {
  readonly language: string;
  /** What stands behind the language. */
  readonly about: string;
  readonly lines: readonly string[];
}

/** The blocks of a page that have a language. */
export function blocksOf(markdown: string): Block[] {
  return Array.from(markdown.matchAll(/^```(\w+)[ ]*(.*)\n([^]*?)^```$/gm), ([, language, about, text]) => ({
    language,
    about,
    lines: text.trimEnd().split('\n'),
  }));
}

/** What the commands of a page did not do as the page says, a line for each; none if all is as it says. */
export async function faultsOf(page: string): Promise<string[]> {
  const folder = folderWithPackage();
  const faults: string[] = [];
  let commands = 0;
  const blocks = blocksOf(readFileSync(join(ROOT, page), 'utf8'));
  const written = new Set<string>();
  for (const { language, about, lines } of blocks) {
    if (language === 'js' && about !== '') {
      if (written.has(about)) await endKept();
      written.add(about);
      writeFileSync(join(folder, about), `${lines.join('\n')}\n`);
    }
    if (language !== 'console') continue;
    const shown = lines.filter((line) => line.startsWith('$ ')).map((line) => line.slice(2));
    commands += shown.length;
    const said: Said[] = [];
    for (const command of shown) said.push(await saidBy(command, folder));
    const expected = (/exit=([\d|]+)/.exec(about)?.[1] ?? '0').split('|');
    const output = said.map(({ output: text }) => text).join('\n');
    said.forEach(({ code }, i) => {
      if (!expected.includes(String(code)))
        faults.push(`${shown[i]}: ends with ${code}, not with ${expected.join(' or ')}:\n${output}`);
    });
    const quoted = lines.filter((line) => !line.startsWith('$ '));
    for (const line of missing(quoted, output))
      faults.push(`${shown.join(', ')}: does not print "${line}":\n${output}`);
  }
  return commands === 0 ? [`${page}: shows no command`] : faults;
}

/** Lines that are not in the output. */
export function missing(quoted: readonly string[], output: string): string[] {
  const printed = new Set(output.split('\n').map(shapeOf));
  return quoted.map((line) => line.trim()).filter((line) => !['', '...'].includes(line) && !printed.has(shapeOf(line)));
}

/** A line without its figures, their units and plurals, and without the width of its columns. */
function shapeOf(line: string): string {
  const words = line
    .trim()
    .split(/\s+/)
    .map((word) => (/\d/.test(word) ? '#' : word));
  return words
    .filter((word, i) => !(words[i - 1] === '#' && /^(?:%|[kM]?\/s|[mnu]?s|h|[kM])[,;:.)]*$/.test(word)))
    .map((word, i, all) => (all[i - 1] === '#' ? word.replace(/(?<=s|ch)es\b|(?<!s)s\b/, '') : word))
    .join(' ');
}

interface Said {
  readonly code: number | null;
  readonly output: string;
}

async function saidBy(command: string, cwd: string): Promise<Said> {
  const whole = shortened(command);
  const args = /^npx racehammer (.*)$/.exec(whole)?.[1];
  if (args !== undefined && !SHELL.test(args)) {
    const words = args.split(' ').flatMap((word) => filesNamed(word, cwd));
    const { code, stdout, stderr } = await runKeptIn(cwd, ...words);
    return { code, output: stdout + stderr };
  }
  const line = whole
    .replace(/^npx racehammer /, `"${process.execPath}" "${MAIN}" `)
    .replace(/^npx vitest /, `"${process.execPath}" "${VITEST}" `)
    .replace(/^node /, `"${process.execPath}" `);
  const { status, stdout, stderr } = spawnSync('sh', ['-c', line], {
    cwd,
    encoding: 'utf8',
    env: { ...PIPED, NO_COLOR: '1' },
  });
  return { code: status, output: stdout + stderr };
}

/** A command that hammers less than a reader's. */
function shortened(command: string): string {
  if (/^npx racehammer run (?!.*--(?:duration|trials|until-confidence) )/.test(command)) return `${command}${SHORT}`;
  return command.replace(/^(npx racehammer soak .*)--duration \S+/, `$1${SHORT_SOAK}`);
}

/** The files that a shell makes of a word with a star in its last part; other words stay as they are. */
function filesNamed(word: string, cwd: string): string[] {
  const [, folder, before, after] = /^(.*\/)([^*/]*)\*([^*/]*)$/.exec(word) ?? [];
  if (folder === undefined) return [word];
  const isNamed = (file: string): boolean =>
    file.length >= before.length + after.length && file.startsWith(before) && file.endsWith(after);
  return readdirSync(join(cwd, folder))
    .filter(isNamed)
    .toSorted()
    .map((file) => `${folder}${file}`);
}

/** A folder as a reader has it: the package installed, and its examples at hand. */
function folderWithPackage(): string {
  const folder = mkdtempSync(join(FOLDER, 'page-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules', 'racehammer'), 'dir');
  symlinkSync(join(VITEST, '..'), join(folder, 'node_modules', 'vitest'), 'dir');
  symlinkSync(join(ROOT, 'examples'), join(folder, 'examples'), 'dir');
  return folder;
}
