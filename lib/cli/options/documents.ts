/** The options of the commands that show what is known, and hammer nothing: races, documents, this host. */

import { command, type Flags } from './command.js';
import { JSON_ONLY } from './manyCommands.js';
import { plainText, yes } from './option.js';

const RACE = 'name of a race, or a file of yours: .mjs, .js, .cjs, .mts, .ts';

export const LIST = command({
  name: 'list',
  about: 'list the built-in races',
  operands: [],
  options: { json: JSON_ONLY },
});

export const EXPLAIN = command({
  name: 'explain',
  about: 'show the protocol of a race beside its mail: variants, knobs, windows, signatures',
  operands: [{ name: '<race>', help: RACE }],
  options: { json: JSON_ONLY },
});

export const INIT = command({
  name: 'init',
  about: 'begin a race of your own: write <name>.mjs, which runs at once',
  operands: [{ name: '<name>', help: 'name of the race, in kebab-case' }],
  options: { ts: yes('write <name>.mts: TypeScript, which Node runs from 22.18 on') },
});

export const REPORT = command({
  name: 'report',
  about: 'write one HTML page about runs and soaks, which opens without a network',
  operands: [
    {
      name: '<file...>',
      help: 'documents of run --json and verify --json, files of soaks; - is standard input',
    },
  ],
  options: {
    output: plainText('<file>', 'a file', { short: '-o', help: 'write the page there, not to stdout' }),
  },
});

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

export const COMPARE = command({
  name: 'compare',
  about: 'tell whether two runs fail at the same rate, and how far apart the rates are',
  operands: [{ name: '<file...>', help: 'two documents of run --json, or one that holds two runs' }],
  options: { json: JSON_ONLY },
});

export const DOCTOR = command({
  name: 'doctor',
  about: 'tell whether this host is a good hammer, what limits it, and what to do about that',
  operands: [],
  options: { json: JSON_ONLY },
  notes: ['Exit codes: 0 a good hammer, 3 a limited one, 2 usage, 130 interrupted.'],
});

export type ReportFlags = Flags<typeof REPORT>;
export type InitFlags = Flags<typeof INIT>;
