/** `npm run docs:cli`: writes docs/reference/cli.md and schema/config.schema.json. */

import { writeFileSync } from 'node:fs';
import { format } from 'oxfmt';
import { commandsFor } from '../../lib/cli/program.js';
import { cliReference } from './cliReference.js';
import { configSchema } from './configSchema.js';

const specs = (await commandsFor()).map(({ spec }) => spec);
writeFileSync('docs/reference/cli.md', cliReference(specs));
const SCHEMA = 'schema/config.schema.json';
writeFileSync(SCHEMA, (await format(SCHEMA, configSchema(specs), { printWidth: 120 })).code);
