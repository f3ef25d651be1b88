import { mask } from './mask.js';
import { lineAt, within, type Rule, type SourceFile } from './source.js';

/** Something that must not be written, and what to do instead. */
interface Ban {
  readonly pattern: RegExp;
  readonly remedy: string;
}

const UNFINISHED: Ban = { pattern: /\b(?:TODO|FIXME|XXX)\b/g, remedy: 'Do it now, or leave it out.' };
const SILENCED: Ban = {
  pattern: /@ts-(?:ignore|expect-error|nocheck)\b|\b(?:eslint|oxlint)-disable\b/g,
  remedy: 'Cure what it hides.',
};
const NOT_RUN: Ban = {
  pattern: /\btest(?:\.\w+)*\.(?:skip|only|failing|todo)\b/g,
  remedy: 'Every test runs: mend it, or delete it.',
};

/** Nothing is left unfinished, no checker is silenced, no test is switched off. */
export const nothingIsPutOff: Rule = (files) =>
  within(files, 'lib', 'workers', 'stress', 'test').flatMap((file) => {
    const { code, comments } = mask(file.text);
    // What users read must not be unfinished either; tests may speak of it in their strings.
    const words = file.path.startsWith('test/') ? comments : file.text;
    return [...found(file, words, UNFINISHED), ...found(file, comments, SILENCED), ...found(file, code, NOT_RUN)];
  });

const PRINTS: Ban = {
  pattern: /\bconsole\.\w+|\bprocess\.(?:stdout|stderr)\b|\bwriteSync\(\s*[12]\b/g,
  remedy: 'Return it, and let lib/cli print it by lib/cli/output.ts, which makes it safe to look at.',
};
const ENDS: Ban = {
  pattern: /\bprocess\.(?:exit|exitCode|abort|reallyExit)\b/g,
  remedy: 'Return it, and let lib/cli/ending.ts end the process.',
};

/** One file prints, and one ends the process. */
export const onlyCliPrints: Rule = (files) =>
  within(files, 'lib', 'workers', 'stress').flatMap((file) => {
    const { code } = mask(file.text);
    return [
      ...(file.path === 'lib/cli/output.ts' ? [] : found(file, code, PRINTS)),
      ...(file.path === 'lib/cli/ending.ts' ? [] : found(file, code, ENDS)),
    ];
  });

const TIMERS: Ban = {
  pattern: /(?<![.#\w])(?:globalThis\.)?set(?:Timeout|Interval|Immediate)\(/g,
  remedy: 'Call every() or after() of lib/harness/host/timers.ts: what a callback throws would end the process.',
};

/** What a callback of a timer throws goes to whoever set it; a promise of node:timers/promises under another name is awaited. */
export const timersAreGuarded: Rule = (files) =>
  within(files, 'lib', 'workers', 'stress').flatMap((file) =>
    file.path === 'lib/harness/host/timers.ts' || file.path === HOSTILE
      ? []
      : found(file, mask(file.text).code, TIMERS),
  );

/**
 * A handler of an event, as the text behind the name of its event. What it throws would be an uncaught exception. The functions of a
 * promise have no code of their own, nor has a handler that does nothing.
 */
const HANDLERS: Ban = {
  pattern:
    /\.(?:on|once|addListener|prependListener|addEventListener)\([^(),]*,\s*(?!\s|guarded\(|(?:done|failed|on[A-Z]\w*|this\.#on[A-Z]\w*)\b|\(\) => \{\})[^\n]*/g,
  remedy: 'Make it with guarded() of lib/harness/host/guarded.ts: what a handler throws would end the process.',
};
/** A name of a handler that is set above: it is made by the guard. */
const NAMED_HANDLER = /\b(?:const|readonly)\s+#?on[A-Z]\w*\s*=(?!\s*(?:this\.#)?guarded\()[^\n]*=>/g;

/** Where handlers are of what nobody has caught, behind which there is none: those of the process, and those of a thread that runs trials. */
const LAST_HANDLERS = ['lib/cli/ending.ts', 'lib/js/detached.ts'];

/** Handlers of events go through the guard. */
export const handlersAreGuarded: Rule = (files) =>
  within(files, 'lib', 'workers').flatMap((file) => {
    if (LAST_HANDLERS.includes(file.path) || file.path === HOSTILE) return [];
    const { code } = mask(file.text);
    return [
      ...found(file, code, HANDLERS),
      ...(/\.(?:on|once|addEventListener)\(/.test(code)
        ? found(file, code, { ...HANDLERS, pattern: NAMED_HANDLER })
        : []),
    ];
  });

/** Its purpose is to do what no race may. */
const HOSTILE = 'lib/bench/hostileRace.ts';

const OPTIONS: Ban = {
  pattern: /\.(?:requiredOption|option|addOption)\(/g,
  remedy:
    'Add a row to the table of the command, lib/cli/<command>/options.ts: the help, the repeat line and the reference are made from it.',
};

/** Options of commands are rows of tables. */
export const optionsAreInTables: Rule = (files) =>
  within(files, 'lib').flatMap((file) =>
    file.path === 'lib/cli/options/parser.ts' ? [] : found(file, mask(file.text).code, OPTIONS),
  );

/** A number in front of a noun that is always plural: `1 trials`. */
const COUNTED: Ban = {
  pattern:
    /\$\{[^{}]*\} (?:trials|failures|rows|slices|pairs|states|steps|CPUs|threads|cores|machines|accesses|switches|mutants|names)\b(?!\/)/g,
  remedy: "Call counted() of lib/report/format/numbers.ts: `counted(n, 'trial')` has the noun that fits.",
};

/** Numbers have nouns that fit, in what the commands print. */
export const nounsFitTheirNumbers: Rule = (files) =>
  within(files, 'lib/cli').flatMap((file) => found(file, file.text.replaceAll('\\${', '  {'), COUNTED));

/** A command that is printed; comments may show one. */
const PRINTED: Ban = {
  pattern: /\bnpx racehammer\b/g,
  remedy: 'Call commandLine() of lib/report/format/commandLine.ts, which quotes every word.',
};

/** One function makes the commands that are printed. */
export const oneFunctionMakesCommands: Rule = (files) =>
  within(files, 'lib').flatMap((file) => {
    const { comments } = mask(file.text);
    const uncommented = Array.from(comments, (sign, i) => (sign.trim() === '' ? file.text[i] : ' ')).join('');
    return found(file, uncommented, PRINTED);
  });

const LINES_MAX = 400;

/** A file is small enough to be read in one sitting. */
export const filesAreSmall: Rule = (files) =>
  within(files, 'lib', 'workers', 'stress').flatMap(({ path, text }) => {
    const lines = lineAt(text.trimEnd(), text.length);
    if (lines <= LINES_MAX) return [];
    return [`${path}:${lines}: has ${lines} lines, ${LINES_MAX} are allowed. Split it by subject.`];
  });

function found(file: SourceFile, text: string, { pattern, remedy }: Ban): string[] {
  return Array.from(text.matchAll(pattern), (match) => {
    return `${file.path}:${lineAt(text, match.index)}: "${match[0]}". ${remedy}`;
  });
}
