/** The options of `litmus`. */

import { MEMORY_MODELS } from '../../race/settings.js';
import { command, type Flags } from '../options/command.js';
import { JSON_ONLY } from '../options/manyCommands.js';
import { countOption, withDefault, word } from '../options/option.js';

export const LITMUS = command({
  name: 'litmus',
  about: 'find all final states of litmus tests of C and X86, and print what herd7 would print',
  operands: [{ name: '<file...>', help: 'litmus files, or folders of them: all .litmus files below' }],
  options: {
    memory: word(MEMORY_MODELS, {
      noun: 'memory model',
      value: '<model>',
      help: 'take this memory model alone',
      usual: 'sc, then tso',
    }),
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
    'Exit codes: 0 explored, 1 VIOLATED: what the file states as `Result: Never` is reached, 2 a file is not supported, or usage.',
  ],
});

export type LitmusFlags = Flags<typeof LITMUS>;
