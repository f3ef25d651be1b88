/** The options of `compare`. */

import { command } from '../options/command.js';
import { JSON_ONLY } from '../options/manyCommands.js';

export const COMPARE = command({
  name: 'compare',
  about: 'tell whether two runs fail at the same rate, and how far apart the rates are',
  operands: [{ name: '<file...>', help: 'two documents of run --json, or one that holds two runs' }],
  options: { json: JSON_ONLY },
});
