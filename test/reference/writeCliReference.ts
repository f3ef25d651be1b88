/** `npm run docs:cli`: writes docs/reference/cli.md. */

import { writeFileSync } from 'node:fs';
import { cliReference } from './cliReference.js';

writeFileSync('docs/reference/cli.md', cliReference());
