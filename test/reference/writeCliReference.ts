/** `npm run docs:cli`: writes docs/reference/cli.md and schema/config.schema.json. */

import { writeFileSync } from 'node:fs';
import { format } from 'prettier';
import { commandsFor } from '../../lib/cli/program.js';
import { cliReference } from './cliReference.js';
import { configSchema } from './configSchema.js';

const specs = (await commandsFor()).map(({ spec }) => spec);
writeFileSync('docs/reference/cli.md', cliReference(specs));
writeFileSync('schema/config.schema.json', await format(configSchema(specs), { parser: 'json', printWidth: 120 }));
