/** The options of `init`. */

import { command, type Flags } from '../options/command.js';
import { yes } from '../options/option.js';

export const INIT = command({
  name: 'init',
  about: 'begin a race of your own: write <name>.mjs, which runs at once',
  operands: [{ name: '<name>', help: 'name of the race, in kebab-case' }],
  options: { ts: yes('write <name>.mts: TypeScript, which Node runs from 22.18 on') },
});

export type InitFlags = Flags<typeof INIT>;
