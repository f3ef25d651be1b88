/** The options of `litmus`. */

import { MEMORY_MODELS } from '../../race/settings.js';
import { command, type Flags } from '../options/command.js';
import { JSON_ONLY } from '../options/manyCommands.js';
import { countOption, duration, no, seed, withDefault, word } from '../options/option.js';

export const LITMUS = command({
  name: 'litmus',
  about: 'find all final states of litmus tests of C and X86 as herd7 does, and hammer them as litmus7 does',
  operands: [{ name: '<file...>', help: 'litmus files, or folders of them: all .litmus files below' }],
  options: {
    memory: word(MEMORY_MODELS, {
      noun: 'memory model',
      value: '<model>',
      help: 'take this memory model alone',
      usual: 'sc, then tso',
    }),
    hammer: no('do not hammer the tests: what is explored is complete without it'),
    duration: withDefault(duration({ help: 'hammer each test for so long under each memory model' }), '500ms'),
    trials: countOption({
      unit: 'trials',
      range: { min: 1 },
      help: 'hammer each test for so many trials, instead of a duration',
    }),
    seed: seed('set the seed of the delays'),
    states: withDefault(
      countOption({
        unit: 'states',
        range: { min: 1, max: 100_000_000 },
        help: 'leave a test that has more states under a memory model, with a line',
      }),
      '2000000',
    ),
    json: JSON_ONLY,
  },
  notes: [
    'Exit codes: 0 as expected, 1 VIOLATED: a file states `Result: Never` of what is reached, or hammering shows what was not explored, 2 a file is not supported, or usage, 70 HARNESS ERROR, 130 interrupted (after the report).',
  ],
});

export type LitmusFlags = Flags<typeof LITMUS>;
