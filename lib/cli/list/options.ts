/** The options of `list`. */

import { command } from '../options/command.js';
import { JSON_ONLY } from '../options/manyCommands.js';

export const LIST = command({
  name: 'list',
  about: 'list the built-in races',
  operands: [],
  options: { json: JSON_ONLY },
});
