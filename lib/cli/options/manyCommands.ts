/** Options that several commands have, and notes on them. Called by the tables of those commands. */

import { EVIDENCE_FOLDER, TUNING_FILE } from '../../run/defaults.js';
import { MEMORY_MODELS } from '../../race/settings.js';
import { no, optionalText, orNone, plainText, texts, withDefault, word, yes } from './option.js';

export const JSON_ONLY = yes('print one JSON document on stdout, and nothing else there');

/** Every command has it: parser.ts adds it. */
export const COLOR = withDefault(
  word(['auto', 'always', 'never'], {
    noun: 'colour mode',
    value: '<when>',
    help: 'print colours: auto (on a terminal, as NO_COLOR and FORCE_COLOR say), always or never',
  }),
  'auto',
);

/** Every command has it: parser.ts adds it. */
export const CONFIG = no('read no racehammer.config file');

export const EVENTS = plainText('<file>', 'a file', {
  help: 'write what happens there as JSON lines, while it happens',
});

export const ANY_HOST = yes('use settings of another host as well (with --tuned)');

export const BIND = no('leave the threads to the scheduler, even where each could have a core of its own');

export const NO_LOCKDEP = no('do not check the order in which locks are taken');

/** For tests of JavaScript code. */
export const INSTRUMENT = yes(
  'rewrite the modules of a hammer() test as they are loaded, packages included, so that plain accesses of shared memory are seen (needs acorn)',
);

export const MEMORY = withDefault(
  word(MEMORY_MODELS, {
    noun: 'memory model',
    value: '<model>',
    help: 'set the memory model: sc, or tso for CPUs with store buffers, as x86 has them',
  }),
  'sc',
);

/** Makes the option for tuned settings. `help` says what gets the settings. */
export function tuned(help: string) {
  return optionalText('[file]', 'a file of settings', TUNING_FILE, help);
}

/** Makes the option for the folder of evidence. `help` says what is kept. */
export function evidence(help: string) {
  const folder = plainText('<folder>', 'a folder', { help });
  return orNone(withDefault(folder, EVIDENCE_FOLDER), 'keep no evidence');
}

export const KNOB = texts('<name=value>', 'the name of a knob, and a value', { help: 'set a condition of the run' });

export const RESULTS = [
  "A seed fixes the phases and window delays of every trial, not what the host's scheduler does.",
  'Exit codes: 0 as expected, 1 VIOLATED, 2 usage, 3 NOT REPRODUCED, 4 INCONCLUSIVE, 70 HARNESS ERROR, 130 interrupted (after the report).',
];
