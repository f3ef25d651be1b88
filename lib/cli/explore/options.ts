/** The options of `explore`. Their names are those of EXPLORE_REPEATS: what is not repeated on purpose is written there. */

import { CPUS_MAX } from '../../harness/plan.js';
import { EXPLORE_LIMITS } from '../../run/exploreRequest.js';
import { command, type Flags } from '../options/command.js';
import { INSTRUMENT, JSON_ONLY, KNOB, MEMORY, evidence } from '../options/manyCommands.js';
import { countOption, type Option } from '../options/option.js';
import type { EXPLORE_REPEATS } from '../../run/options.js';

const { states, bytes, accesses, interrupts } = EXPLORE_LIMITS;

export const EXPLORE = command({
  name: 'explore',
  about: 'prove a race by all states that a trial can reach, or show the shortest order that fails',
  operands: [{ name: '<race[:variant]>', help: 'without a variant: the buggy form, then the merged fix' }],
  options: {
    cpus: countOption({
      unit: 'CPUs',
      range: { min: 1, max: CPUS_MAX },
      help: 'set the number of CPUs',
      usual: 'by the race',
    }),
    knob: KNOB,
    memory: MEMORY,
    states: countOption({
      unit: 'states',
      range: { min: 1 },
      help: 'end the search at so many states, and search by preemptions as far as that goes',
      usual: String(states),
    }),
    memoryLimit: countOption({
      unit: 'megabytes',
      range: { min: 1 },
      help: 'end it where its tables have so many megabytes',
      usual: String(bytes / 1e6),
    }),
    accesses: countOption({
      unit: 'accesses',
      range: { min: 1 },
      help: 'follow a CPU for so many accesses: a loop that tries again and again has no end',
      usual: String(accesses),
    }),
    interrupts: countOption({
      unit: 'interrupts',
      range: { min: 0 },
      help: 'let timers and storms raise each line so often on a CPU: they may at any instruction',
      usual: String(interrupts),
    }),
    instrument: INSTRUMENT,
    evidence: evidence('run the shortest order of each failure on real threads, and keep it there, for replay'),
    json: JSON_ONLY,
  } satisfies Record<keyof typeof EXPLORE_REPEATS, Option<unknown>>,
  notes: [
    'Holds of this number of CPUs, this memory model, and one trial from the first state.',
    'Exit codes: 0 as expected, 1 not as expected, 2 usage, 4 not all orders were looked at, 130 interrupted (after the report).',
  ],
});

export type ExploreFlags = Flags<typeof EXPLORE>;
