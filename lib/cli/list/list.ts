/** `racehammer list`: the built-in races. */

import { counted } from '../../report/format/numbers.js';
import { builtInRaces } from '../../harness/host/loadRace.js';
import { chooseRace } from '../chooseRace.js';
import { PLAIN, type Paint } from '../../report/format/screen.js';
import { print, printDocument, screen } from '../output.js';
import { raceEntry, type RaceEntry, type VariantEntry } from '../explain/raceEntry.js';

export async function listCommand(flags: { readonly json?: boolean }): Promise<number> {
  const chosen = await Promise.all(builtInRaces().map((name) => chooseRace(name)));
  const entries = chosen.map(({ race }) => raceEntry(race));
  if (flags.json === true) printDocument({ schema: 'racehammer.list/1', races: entries });
  else print(listLines(entries, screen().paint));
  return 0;
}

/** Groups of built-in races in the order in which they are listed. Others follow, then races without one. */
const GROUPS = [
  'page tables and pinning',
  'TLB flushes',
  'lazy modes',
  'locks and interrupts',
  'calibration of the host',
  'canaries',
];

/**
 * Returns the races by their groups: name, year and question of each, what its first variant and its merged fix do, and how much
 * there is to try.
 */
export function listLines(entries: readonly RaceEntry[], paint: Pick<Paint, 'dim'> = PLAIN.paint): string[] {
  const indent = Math.max(0, ...entries.map((entry) => entry.race.length)) + 2;
  return [
    ...groupsOf(entries).flatMap((group) => [
      ...(group === null ? [] : [paint.dim(`${group.slice(0, 1).toUpperCase()}${group.slice(1)}`), '']),
      ...raceLines(
        entries.filter((entry) => entry.group === group),
        indent,
      ),
    ]),
    'What a race is about: racehammer explain <race>. To hammer it: racehammer run <race>',
  ];
}

function groupsOf(entries: readonly RaceEntry[]): (string | null)[] {
  const present = [...new Set(entries.map(({ group }) => group))];
  const rank = (group: string | null): number => (group === null ? Infinity : GROUPS.indexOf(group) >>> 0);
  return present.toSorted((a, b) => rank(a) - rank(b));
}

function raceLines(entries: readonly RaceEntry[], indent: number): string[] {
  const blank = ' '.repeat(indent);
  return entries.flatMap((entry) => {
    const merged = entry.variants.filter((variant) => variant.name === entry.merged);
    const shown = [...new Set([...entry.variants.slice(0, 1), ...merged])].map(resultWords).join(', ');
    return [
      `${entry.race.padEnd(indent)}${entry.question}${entry.year === null ? '' : ` (${entry.year})`}`,
      `${blank}${shown}`,
      `${blank}${counted(entry.variants.length, 'variant')}, ${counted(entry.knobs.length, 'knob')}, ${counted(entry.windows.length, 'window')}`,
      '',
    ];
  });
}

function resultWords({ name, outcome }: VariantEntry): string {
  return `${name} ${outcome === undefined ? 'holds' : `fails as ${outcome}`}`;
}
