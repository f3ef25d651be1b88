/** `npm run docs:cli`: writes docs/reference/cli.md. */

import { writeFileSync } from 'node:fs';
import { commandsFor } from '../../lib/cli/program.js';
import { cliReference } from './cliReference.js';

writeFileSync('docs/reference/cli.md', cliReference((await commandsFor()).map(({ spec }) => spec)));
