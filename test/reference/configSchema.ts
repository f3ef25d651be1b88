/** The schema of racehammer.config files, made from the tables of options. Called by writeCliReference.ts, and by the test that it is up to date. */

import type { CommandSpec } from '../../lib/cli/options/command.js';
import { CONFIG } from '../../lib/cli/options/manyCommands.js';
import type { Option } from '../../lib/cli/options/option.js';
import { flagOf } from '../../lib/run/flagName.js';

/** JSON. */
export function configSchema(commands: readonly CommandSpec[]): string {
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'config.schema.json',
    title:
      'Defaults of flags by command, as racehammer.config.json says them. Made from the tables of options by npm run docs:cli.',
    type: 'object',
    additionalProperties: false,
    properties: {
      $schema: { type: 'string' },
      ...Object.fromEntries(commands.map(({ name, about, options }) => [name, commandOf(about, options)])),
    },
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

function commandOf(description: string, options: CommandSpec['options']): object {
  const own = Object.entries(options).filter(([, option]) => option !== CONFIG);
  const properties = own.flatMap(([name, option]) => {
    const said = {
      description: option.isNegative === true ? `false: ${option.help}` : option.help,
      ...valueOf(option),
    };
    const old = (option.formerly ?? []).map((each) => [flagOf(each).slice(2), { ...said, deprecated: true }]);
    return [[flagOf(name).slice(2), said], ...old];
  });
  return { description, type: 'object', additionalProperties: false, properties: Object.fromEntries(properties) };
}

function valueOf({ value, words, off, isRepeatable }: Option<unknown>): object {
  if (value === undefined) return { type: 'boolean' };
  if (isRepeatable === true) return { type: 'array', items: { type: ['string', 'number'] } };
  if (value.startsWith('[')) return { type: ['string', 'boolean'] };
  if (words !== undefined) return { enum: words };
  return off === undefined
    ? { type: ['string', 'number'] }
    : { type: ['string', 'number', 'boolean'], not: { const: true } };
}
