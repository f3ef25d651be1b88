/** The options of `soak` and of its commands. */

import { CPUS_MAX } from '../../harness/plan.js';
import { SOAK_MS, SOAK_STORE } from '../../run/defaults.js';
import { formatDuration } from '../../run/duration.js';
import { command, type Flags } from '../options/command.js';
import { ANY_HOST, EVENTS, INSTRUMENT, JSON_ONLY, RESULTS, tuned } from '../options/manyCommands.js';
import { counts, duration, seed, plainText, texts, withDefault, yes } from '../options/option.js';

/** What is soaked, on one machine or by a fleet. */
export const ROWS = [{ name: '[race[:variant]...]', help: 'what to soak (default: every row of every built-in race)' }];
export const CAMPAIGN = {
  campaign: plainText('<file>', 'a YAML file', { help: 'read rows, weights and times from a YAML file' }),
  knob: texts('<name=values>', 'the name of a knob, and values with commas between them', {
    help: 'set a condition of the races: split_ptl=0, or 0,1 for a row for each',
  }),
  cpus: counts({
    unit: 'CPUs',
    range: { min: 1, max: CPUS_MAX },
    help: 'set the number of CPUs of a machine: 2, or 2,4,8 for a row for each',
    usual: 'by the race',
  }),
  store: withDefault(plainText('<file>', 'a file', { help: 'remember everything in this SQLite file' }), SOAK_STORE),
  resume: yes('go on with the campaign in the store'),
  trustCode: yes('load and run the race files that the store names (with --resume)'),
};

/** Times have no default here: a campaign may have its own. */
export const SOAK = command({
  name: 'soak',
  about: 'hammer a campaign for hours or days; survives crashes and can be resumed',
  operands: ROWS,
  options: {
    ...CAMPAIGN,
    duration: duration({
      help: 'soak for so long in all, all sessions together: 60h, 2d',
      usual: formatDuration(SOAK_MS.duration),
    }),
    slice: duration({
      help: 'hammer a row for so long at most before the next has its share',
      usual: formatDuration(SOAK_MS.slice),
    }),
    proveEvery: duration({
      help: 'show so often that a row which should fail does fail',
      usual: formatDuration(SOAK_MS.proveEvery),
    }),
    classes: yes(
      'count how many classes of orders each row meets, of all that there are (also with --resume, from then on)',
    ),
    instrument: INSTRUMENT,
    seed: seed('set the seed of the delays'),
    tuned: tuned('use the settings that tune has found, for rows that it has some for'),
    anyHost: ANY_HOST,
    page: plainText('<address>', 'a port, or HOST:PORT', {
      help: 'serve a live page there, and figures for Prometheus at /metrics: 127.0.0.1:8080',
    }),
    metrics: plainText('<address>', 'a port, or HOST:PORT', {
      help: 'serve figures for Prometheus there: 127.0.0.1:9464',
    }),
    events: EVENTS,
    json: JSON_ONLY,
  },
  notes: RESULTS,
});

export const SOAK_STATUS = command({
  name: 'soak status',
  about: 'show what a store holds, also while it is being written',
  operands: [{ name: '[store]', help: `the file of a soak (default: ${SOAK_STORE})` }],
  options: {
    evidence: plainText('<folder>', 'a folder', { help: 'write the evidence of the failures there, for replay' }),
    page: plainText('<address>', 'a port, or HOST:PORT', {
      help: 'serve the live page of the store there until an interrupt: 127.0.0.1:8080',
    }),
    json: JSON_ONLY,
  },
});

export const SOAK_DIFF = command({
  name: 'soak diff',
  about: 'show which rates have changed from one soak to another',
  operands: [
    { name: '<first>', help: 'the file of a soak' },
    { name: '<second>', help: 'the file of another one' },
  ],
  options: { json: JSON_ONLY },
});

export type SoakFlags = Flags<typeof SOAK>;
export type StatusFlags = Flags<typeof SOAK_STATUS>;
