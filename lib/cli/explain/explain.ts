/** `racehammer explain`: the protocol beside the mail, and all options that a run of the race has. */

import type { Expectation } from '../../race/expectation.js';
import { isJavaScript, partsOf } from '../../race/kinds.js';
import { codeMark, worldOf } from '../../report/words/world.js';
import type { ActorRace, Race } from '../../race/race.js';
import type { Tasks } from '../../race/tasks.js';
import { chooseRace } from '../chooseRace.js';
import { print, printDocument, screen } from '../output.js';
import { PLAIN, type Screen } from '../../report/format/screen.js';
import { reflowed } from './reflow.js';
import { formWords, expectationWords } from './expectedWords.js';
import { raceEntry } from './raceEntry.js';
import { rowEntries, rowLines } from './raceRows.js';
import { spinWords } from '../../run/options.js';

export async function explainCommand(target: string, flags: { readonly json?: boolean }): Promise<number> {
  const { race, typed } = await chooseRace(target);
  if (flags.json === true) {
    printDocument({
      schema: 'racehammer.explain/1',
      ...raceEntry(race),
      explain: race.explain,
      steps: partsOf(race).steps,
      cpus: race.cpus,
    });
  } else print(explainLines(race, typed, screen()));
  return 0;
}

/** Returns what is printed. `typed` is how the race was named: its name, or the path of its file. */
export function explainLines(race: Race, typed: string, onScreen: Screen = PLAIN): string[] {
  const { width } = onScreen;
  return [
    race.question,
    '',
    ...(race.mail === '' ? [] : [`Mail     ${race.mail}`]),
    ...race.commits.map((commit, i) => (i === 0 ? 'Commits' : '').padEnd(9) + commit),
    ...(race.explain === '' ? [] : ['', ...reflowed(race.explain, width)]),
    ...section('Variants', Object.keys(race.variants), (name) => variantLines(race, name), onScreen),
    ...section(
      'Knobs',
      Object.keys(race.knobs),
      (name) => {
        const { about, values } = race.knobs[name];
        return [about, `${values.join(' | ')}   (default ${race.knobs[name].default})`];
      },
      onScreen,
    ),
    ...section('Signatures', Object.keys(race.signatures), (name) => [race.signatures[name]], onScreen),
    ...windowsSection(race, onScreen),
    ...rowsSection(race, onScreen),
    '',
    ...runLines(race, typed),
  ];
}

/** Names that take more of the width stand above what is said of them. */
const NAME_SHARE = 0.4;

/** Returns a headline, then each name with its lines beside and below it; nothing where there are no names. */
function section(
  title: string,
  names: readonly string[],
  about: (name: string) => readonly string[],
  { width: room, paint }: Screen,
): string[] {
  if (names.length === 0) return [];
  const width = Math.max(...names.map((name) => name.length)) + 2;
  if (width > room * NAME_SHARE)
    return [
      '',
      paint.dim(title),
      ...names.flatMap((name) => [`  ${name}`, ...about(name).map((line) => `      ${line}`)]),
    ];
  const lines = names.flatMap((name) =>
    about(name).map((line, i) => `  ${(i === 0 ? name : '').padEnd(width)}${line}`),
  );
  return ['', paint.dim(title), ...lines];
}

function variantLines(race: Race, name: string): string[] {
  const { about, source, needs = {}, expects } = race.variants[name];
  const setting = Object.entries(needs).map(([knob, value]) => `${knob}=${value}`);
  return [
    `${about}${name === race.merged ? ' (merged)' : ''}`,
    ...expects.map((expectation, i) => rowExpectation(race, expectation, i > 0)),
    ...(setting.length === 0 ? [] : [`runs with ${setting.join(' ')} unless told otherwise`]),
    ...(source === '' ? [] : [`source: ${source}`]),
  ];
}

function windowsSection(race: Race, onScreen: Screen): string[] {
  const { windows, delays } = partsOf(race);
  return section(
    'Windows',
    windows,
    (name) => [`delay ${spinWords(delays[name] ?? { min: 0, max: 0 })} spins`],
    onScreen,
  );
}

function rowsSection(race: Race, onScreen: Screen): string[] {
  const rows = rowEntries(race);
  return section(
    'Rows of verify',
    rows.map(({ row }) => row),
    (name) => rowLines(race, rows.find(({ row }) => row === name) ?? rows[0]),
    onScreen,
  );
}

/** Returns "fails as oops-0003 with split_ptl=1"; what else may come, and a twin that is not the usual one, behind it. */
function rowExpectation(race: Race, { when, memory, twin, ...expected }: Expectation, isFurther: boolean): string {
  const [first] = Object.keys(race.variants);
  const withWhat = [
    ...(when === undefined ? [] : [formWords(when)]),
    ...(memory === undefined ? [] : [`memory ${memory}`]),
  ];
  const condition = withWhat.length === 0 ? '' : ` with ${withWhat.join(', ')}`;
  const against = twin === undefined ? '' : `; twin: ${formWords(twin.knobs, twin.variant ?? first)}`;
  return `${withWhat.length === 0 && isFurther ? 'otherwise ' : ''}${expectationWords(expected, condition)}${against}`;
}

function cpusLine(race: Race): string {
  const { min, max, default: usual } = race.cpus;
  if (race.kind === 'actors' && race.tasks !== null)
    return `  CPUs: ${min} to ${max}, ${usual} by default; ${taskWords(race, race.tasks)}`;
  const { thread, group, hasWindows } = worldOf(codeMark(isJavaScript(race)));
  const all = hasWindows ? 'CPUs' : `${thread}s`;
  if (min === max) return `  ${all}: ${min} a ${group}; --threads ${2 * min} runs two ${group}s side by side`;
  return `  CPUs: ${min} or more, ${usual} by default`;
}

/** Returns where the tasks of a race run that share its CPUs. */
function taskWords({ actors }: ActorRace, tasks: Tasks): string {
  const names = Object.keys(actors);
  const on = (name: string): string => (typeof tasks[name] === 'number' ? `CPU ${tasks[name]}` : 'any CPU');
  return `${names.length} tasks: ${names.map((name) => `${name} on ${on(name)}`).join(', ')}`;
}

function runLines(race: Race, typed: string): string[] {
  const names = Object.keys(race.variants);
  const knob = Object.keys(race.knobs)[0];
  return [
    'Run',
    `  racehammer run ${typed}          ${names[0]}, then ${race.merged}, side by side`,
    `  racehammer run ${typed}:${race.merged} --duration 60s${knob === undefined ? '' : ` --knob ${knob}=${race.knobs[knob].values[0]}`}`,
    cpusLine(race),
  ];
}
