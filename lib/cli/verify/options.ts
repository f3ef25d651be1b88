/** The options of `verify`. Their names are those of VERIFY_REPEATS: what is not repeated on purpose is written there. */

import { MUTANT_BUDGET_MS, QUICK_BUDGET_MS, ROW_BUDGET_MS } from '../../run/defaults.js';
import { formatDuration } from '../../run/duration.js';
import type { VERIFY_REPEATS } from '../../run/options.js';
import { command, type Flags } from '../options/command.js';
import {
  ANY_HOST,
  BIND,
  EVENTS,
  INSTRUMENT,
  JSON_ONLY,
  NO_LOCKDEP,
  MEMORY,
  RESULTS,
  evidence,
  tuned,
} from '../options/manyCommands.js';
import { duration, seed, plainText, texts, yes, type Option } from '../options/option.js';

const OPTIONS = {
  budget: duration({
    help: 'hammer each row for so long: 3s, 1m, 1h; one that is not decided goes on',
    usual: `${formatDuration(ROW_BUDGET_MS)}, with --mutants ${formatDuration(MUTANT_BUDGET_MS)} at most, with --quick ${formatDuration(QUICK_BUDGET_MS)}`,
  }),
  quick: yes('end each row as soon as it is decided, and name those that take longer than their budget'),
  failFast: yes('end with the first row that is not as expected'),
  row: texts('<text>', 'a part of the name of a row', {
    help: 'verify only rows, or mutants, whose name holds the text',
  }),
  seed: seed('set the seed of the delays'),
  events: EVENTS,
  junit: plainText('<file>', 'a file', { help: 'write the rows as JUnit XML there as well' }),
  tuned: tuned('use the settings that tune has found, for rows that it has some for'),
  anyHost: ANY_HOST,
  bind: BIND,
  lockdep: NO_LOCKDEP,
  memory: MEMORY,
  evidence: evidence('keep the evidence of failures that nobody expected there, for replay'),
  instrument: INSTRUMENT,
  prove: yes('explore all states of a trial of each row as well, and show both'),
  mutants: yes('run fixes with one fault each in place of the rows, and say whether that is noticed'),
  json: JSON_ONLY,
} satisfies Record<keyof typeof VERIFY_REPEATS, Option<unknown>>;

export const VERIFY = command({
  name: 'verify',
  about: 'compare expected and observed: run every race under every condition whose outcome is known',
  operands: [
    {
      name: '[race...]',
      help: 'names of races, or files of yours: .mjs, .js, .cjs, .mts, .ts (default: all built-in races)',
    },
  ],
  options: OPTIONS,
  notes: RESULTS,
});

export type VerifyFlags = Flags<typeof VERIFY>;
