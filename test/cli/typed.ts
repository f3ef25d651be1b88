/** Options as a user types them, read by the parser and the tables of the program. */

import { Command } from 'commander';
import type { CommandSpec, Flags } from '../../lib/cli/options/command.js';
import { ready } from '../../lib/cli/options/parser.js';

/** What the command is called with: its operands and the values of its options. Throws what the parser throws. */
export async function typed<S extends CommandSpec>(
  spec: S,
  words: readonly string[],
): Promise<{ readonly operands: readonly string[]; readonly flags: Flags<S> }> {
  const called: { operands: readonly string[]; flags: Flags<S> }[] = [];
  const program = new Command();
  ready(spec, (operands, flags) => called.push({ operands, flags })).add(program, () => {});
  await program.parseAsync([...spec.name.split(' '), ...words], { from: 'user' });
  return called[0];
}
