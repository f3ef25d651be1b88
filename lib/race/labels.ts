/** Numbers for the names that a race gives to its steps and windows. Called by the files of races. */

import { strictRecord } from '../sharedarraybuffer-utils/index.js';

/** Numbers step labels: 1 for the first; 0 means that no step has been reached. A label that is none throws when it is read. */
export function steps<const L extends readonly string[]>(labels: L): { readonly [K in L[number]]: number } {
  return strictRecord('step', Object.fromEntries(labels.map((label, i) => [label, i + 1]))) as {
    [K in L[number]]: number;
  };
}

/** Numbers names from 0, for windows. A name that is none throws when it is read. */
export function indexes<const L extends readonly string[]>(names: L): { readonly [K in L[number]]: number } {
  return strictRecord('name', Object.fromEntries(names.map((name, i) => [name, i]))) as { [K in L[number]]: number };
}
