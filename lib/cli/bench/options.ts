/** The options of `bench`. */

import { command, type Flags } from '../options/command.js';
import { JSON_ONLY } from '../options/manyCommands.js';
import { countOption, plainText, texts } from '../options/option.js';

/** How often each figure is measured. */
export const BENCH_REPEAT = 5;

export const BENCH = command({
  name: 'bench',
  about: "measure the project's figures: memory operations, gates, trials per second",
  operands: [],
  options: {
    only: texts('<part>', 'the name of a part', { help: 'measure this part alone' }),
    repeat: countOption({
      unit: 'measurements',
      range: { min: 1, max: 100 },
      help: 'measure each figure so often',
      usual: String(BENCH_REPEAT),
      formerly: ['rounds'],
    }),
    compare: plainText('<file>', 'a document of bench --json', {
      help: 'tell what has changed since this document of bench --json; exit code 1: something is worse',
    }),
    against: plainText('<folder>', 'a checkout that is built', {
      help: 'measure the build of this checkout beside this one, alternating (part against)',
    }),
    from: plainText('<file>', 'a document of bench --json', {
      help: 'take the figures from this document, instead of measuring',
    }),
    page: plainText('<file>', 'a file', { help: 'write the figures there as a page in Markdown' }),
    output: plainText('<file>', 'a file', { help: 'write the JSON document there as well' }),
    json: JSON_ONLY,
  },
});

export type BenchFlags = Flags<typeof BENCH>;
