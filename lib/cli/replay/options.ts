/** The options of `replay`. */

import { command, type Flags } from '../options/command.js';
import { JSON_ONLY } from '../options/manyCommands.js';
import { plainText, yes } from '../options/option.js';

export const REPLAY = command({
  name: 'replay',
  about: 'explain a failure by one interleaving, and run it again on real threads',
  operands: [{ name: '<file>', help: 'evidence that a run has kept' }],
  options: {
    step: yes('step through the interleaving, one access for each key, on and back'),
    until: plainText('<step>', 'a step of the race', {
      help: 'end at a step of the race, and show what every CPU is doing there',
    }),
    full: yes('show all accesses, not only those that lead to the failure'),
    reduce: plainText('<file>', 'a file', {
      help: 'leave out what the failure does not need, and write the evidence of the rest there',
    }),
    svg: plainText('<file>', 'a file', { help: 'write the interleaving there as a picture' }),
    trace: plainText('<file>', 'a file', {
      help: 'write the interleaving there as trace events, for Perfetto or chrome://tracing',
    }),
    trustCode: yes('load and run the race file that the evidence names, if it is of no built-in race'),
    json: JSON_ONLY,
  },
  notes: ['Exit codes: 0 the same failure again, 1 not, 2 usage.'],
});

export type ReplayFlags = Flags<typeof REPLAY>;
