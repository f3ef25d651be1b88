/** The options of `trials`. */

import { command } from '../options/command.js';
import { JSON_ONLY } from '../options/manyCommands.js';

export const TRIALS = command({
  name: 'trials',
  about: 'compute how many trials, and how much time, a claim about a failure rate takes',
  operands: [
    {
      name: '<rate[@confidence]>',
      help: 'the claim: 1e-6@99.9% says that fewer trials fail than 1e-6, with 99.9 % confidence',
    },
    { name: '[file...]', help: 'documents of run --json, for their speed' },
  ],
  options: { json: JSON_ONLY },
  formerly: ['plan'],
});
