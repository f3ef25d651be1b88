/**
 * Parses a litmus test: its first line, the initial state, the programs, and the condition on the final state. Called by the
 * command `litmus`.
 */

import { parseFunction } from './cProgram.js';
import { FinalParser, type AskedOfEnds } from './finalState.js';
import { parseInitialState, type InitialRegister } from './initialState.js';
import { Locations, type ThreadBuilder } from './names.js';
import type { Architecture, LitmusProgram, Observed, Proposition, Thread } from './program.js';
import { Reader } from './reader.js';
import { X86_REGISTERS } from './x86Instructions.js';
import { parseX86 } from './x86Program.js';

/** Threads that a test can have. */
const THREADS_MAX = 16;

/** Parses the text of a file. Throws LitmusFault. */
export function parseLitmus(text: string): LitmusProgram {
  const reader = new Reader(text);
  const architecture = parseArchitecture(reader);
  const rest = reader.place();
  const name = reader
    .restOfLine()
    .replace(/\(\*.*/, '')
    .trim();
  if (name === '') reader.fail('the name of the test must stand here', rest);
  skipInformation(reader);
  const locations = new Locations();
  const initial = parseInitialState(reader, locations);
  const builders = architecture === 'C' ? parseFunctions(reader, locations, initial) : parseX86(reader, locations);
  setRegisters(reader, builders, initial);
  if (builders.length === 0) reader.fail(`P0 must stand here, not ${reader.shown()}`);
  if (builders.length > THREADS_MAX)
    reader.fail(`there are ${builders.length} threads, and at most ${THREADS_MAX} are supported`);
  const final = new FinalParser(reader, locations, builders).parse();
  const threads = builders.map((builder) => builder.finished());
  return {
    name,
    architecture,
    locations: locations.all(),
    threads,
    shown: shownOf(final, threads, locations, architecture),
    quantifier: final.quantifier,
    condition: final.condition,
    filter: final.filter,
    stated: /^[\s*]*Result:\s*(\w+)/m.exec(text)?.[1],
  };
}

function parseArchitecture(reader: Reader): Architecture {
  const { text } = reader.peek();
  if (text !== 'C' && text !== 'X86')
    return reader.fail(`a test begins with C or X86 and its name, not with ${reader.shown()}`);
  reader.take();
  return text;
}

/** Skips what generators write between the name and the initial state: texts, and `Key=value`. */
function skipInformation(reader: Reader): void {
  while (!reader.sees('{')) {
    const token = reader.take();
    if (token.kind === 'end') reader.fail('{ and the initial state must stand here, not the end of the file', token);
    if (token.kind === 'text') continue;
    if (token.kind !== 'name')
      reader.fail(`{ and the initial state must stand here, not ${JSON.stringify(token.text)}`, token);
    reader.restOfLine();
  }
}

function parseFunctions(reader: Reader, locations: Locations, initial: readonly InitialRegister[]): ThreadBuilder[] {
  const builders: ThreadBuilder[] = [];
  while (builders.length === 0 || reader.sees('static', 'void', `P${builders.length}`)) {
    const thread = builders.length;
    const registers = initial.filter((one) => one.thread === thread).map(({ register }) => register);
    builders.push(parseFunction(reader, locations, thread, registers));
  }
  return builders;
}

function setRegisters(reader: Reader, builders: readonly ThreadBuilder[], initial: readonly InitialRegister[]): void {
  for (const { thread, register, value } of initial) {
    const builder = builders[thread];
    if (builder === undefined) reader.fail(`there is no thread P${thread}`, register);
    builder.setInitial(builder.registerOf(register.text), value);
  }
}

/** Returns what is shown of a final state, registers first, as herd orders it. */
function shownOf(
  { condition, locations: listed }: AskedOfEnds,
  threads: readonly Thread[],
  locations: Locations,
  architecture: Architecture,
): Observed[] {
  const all = locations.all();
  const rank = (one: Observed): [thread: number, register: number, name: string] =>
    'location' in one
      ? [Infinity, 0, all[one.location].name]
      : [one.thread, ...registerRank(threads[one.thread].registers[one.register], architecture)];
  const found = new Map([...listed, ...namedIn(condition)].map((one) => [rank(one).join(' '), one]));
  return [...found.values()].toSorted((a, b) => {
    const [first, second] = [rank(a), rank(b)];
    return first[0] - second[0] || first[1] - second[1] || Number(first[2] > second[2]) - Number(first[2] < second[2]);
  });
}

function registerRank(name: string, architecture: Architecture): [number, string] {
  return [architecture === 'C' ? 0 : X86_REGISTERS.indexOf(name), name];
}

/** Returns the registers and locations that a proposition names. */
export function namedIn(proposition: Proposition): Observed[] {
  switch (proposition.kind) {
    case 'is':
      return 'value' in proposition.right ? [proposition.left] : [proposition.left, proposition.right];
    case 'not':
      return namedIn(proposition.of);
    case 'implies':
      return [...namedIn(proposition.left), ...namedIn(proposition.right)];
    default:
      return proposition.all.flatMap(namedIn);
  }
}
