/** The options of `tune`. */

import { CPUS_MAX } from '../../harness/plan.js';
import { TUNING_FILE } from '../../run/defaults.js';
import { PARAMETERS } from '../../tune/space.js';
import { command, type Flags } from '../options/command.js';
import { INSTRUMENT, JSON_ONLY, KNOB } from '../options/manyCommands.js';
import { countOption, duration, seed, plainText, texts, withDefault, yes } from '../options/option.js';

export const TUNE = command({
  name: 'tune',
  about: 'find the settings under which this host hammers best, and show what mattered',
  operands: [{ name: '<race[:variant]...>', help: 'without a variant: the buggy form' }],
  options: {
    budget: withDefault(duration({ help: 'search for so long for each race: 30s, 5m' }), '1m'),
    param: texts('<name>', PARAMETERS.join(', '), { help: `change only this: ${PARAMETERS.join(', ')}` }),
    knob: KNOB,
    cpus: countOption({
      unit: 'CPUs',
      range: { min: 1, max: CPUS_MAX },
      help: 'begin the search with machines of so many CPUs',
      usual: 'by the race',
    }),
    instrument: INSTRUMENT,
    seed: seed('set the seed of the search and of the delays'),
    file: withDefault(plainText('<file>', 'a file', { help: 'save the settings there' }), TUNING_FILE),
    anyHost: yes('replace a file that was found on another host'),
    html: plainText('<file>', 'a file', { help: 'write a page with the curves and the map as well' }),
    json: JSON_ONLY,
  },
});

export type TuneFlags = Flags<typeof TUNE>;
