/** `NAME=value` as `--knob`, `--window` and `--phase` take it, once for each name. */

import { unknownWord } from '../../run/unknownWord.js';
import { UsageError, quoted } from '../../run/usageError.js';

/** What the names of a flag stand for. */
export interface Assigned {
  /** The flag: `--knob`. */
  readonly flag: string;
  /** What a name is: `knob`. */
  readonly noun: string;
  /** The names there are, and a value as an example. */
  readonly names: readonly string[];
  readonly example: string;
  /** What the names belong to: `xen-pin`. */
  readonly owner: string;
}

/** Parses name and value of each text. Throws UsageError for one without `=`, an unknown name, or a name given twice. */
export function parseAssignments(texts: readonly string[], to: Assigned): [name: string, value: string][] {
  const seen = new Set<string>();
  return texts.map((text) => {
    const [, name, value] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
    if (name === undefined || name === '') {
      throw new UsageError(`${to.flag} ${quoted(text)}: must be ${exampleOf(to)}`);
    }
    if (!to.names.includes(name)) throw unknownWord(to.noun, name, to.names, to.owner);
    if (seen.has(name)) throw new UsageError(`${to.flag} ${quoted(text)}: ${to.noun} ${name} is given twice`);
    seen.add(name);
    return [name, value];
  });
}

function exampleOf({ noun, names, example }: Assigned): string {
  const form = `${noun.toUpperCase()}=VALUE`;
  return names.length === 0 ? `${form}, but there is no ${noun}` : `${form} such as ${names[0]}=${example}`;
}
