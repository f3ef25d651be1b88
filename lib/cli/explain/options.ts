/** The options of `explain`. */

import { command } from '../options/command.js';
import { JSON_ONLY } from '../options/manyCommands.js';

export const EXPLAIN = command({
  name: 'explain',
  about: 'show the protocol of a race beside its mail: variants, knobs, windows, signatures',
  operands: [{ name: '<race>', help: 'name of a race, or a file of yours: .mjs, .js, .cjs, .mts, .ts' }],
  options: { json: JSON_ONLY },
});
