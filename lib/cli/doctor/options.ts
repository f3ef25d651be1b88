/** The options of `doctor`. */

import { command } from '../options/command.js';
import { JSON_ONLY } from '../options/manyCommands.js';

export const DOCTOR = command({
  name: 'doctor',
  about: 'tell whether this host is a good hammer, what limits it, and what to do about that',
  operands: [],
  options: { json: JSON_ONLY },
  notes: ['Exit codes: 0 a good hammer, 3 a limited one, 2 usage, 130 interrupted.'],
});
