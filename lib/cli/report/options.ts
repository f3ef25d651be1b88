/** The options of `report`. */

import { command, type Flags } from '../options/command.js';
import { plainText } from '../options/option.js';

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

export type ReportFlags = Flags<typeof REPORT>;
