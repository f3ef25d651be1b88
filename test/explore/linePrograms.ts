/**
 * Small random programs whose CPUs raise interrupt lines and set timers, and all their orders: an interpreter that shares nothing with
 * lib/explore. It writes out the whole of a state as text, with all that each CPU has met, and counts the orders behind equal ones once.
 */
import { draw } from '../../lib/machine/random.js';

export const WORDS = 2;

/** Lines in the order in which a CPU takes them: two hardirqs and a softirq. The handler of each adds 1 to a word. */
export const LINES = [
  { name: 'high', word: 0 },
  { name: 'low', word: 1 },
  { name: 'soft', word: 0 },
] as const;
const SOFT = 2;
/** Numbers of the lines in a machine are their places here. */
const HARD = 0b011;

/** An instruction of a program. */
export type Instruction =
  | { readonly op: 'read' | 'add'; readonly word: number }
  | { readonly op: 'off' | 'on' }
  | { readonly op: 'raise'; readonly line: number; readonly target: number }
  | { readonly op: 'start' | 'stop'; readonly line: number };

export type Program = readonly Instruction[];

/** Makes the program of a CPU: so many accesses, and about as much that has to do with interrupts. A timer is started once, at most. */
export function randomLines(seed: number, cpu: number, steps: number): Program {
  let next = 0;
  const number = (below: number): number => draw(seed, cpu, next++) % below;
  const program: Instruction[] = [];
  const timer = number(2);
  const start = number(2 * steps);
  const stop = number(3) === 0 ? start + 1 + number(steps) : -1;
  for (let i = 0; i < steps; i++) {
    if (i === start) program.push({ op: 'start', line: timer });
    if (i === stop) program.push({ op: 'stop', line: timer });
    const access: Instruction = { op: number(2) === 0 ? 'read' : 'add', word: number(WORDS) };
    const line = number(LINES.length);
    const raise: Instruction = { op: 'raise', line, target: line === SOFT ? cpu : number(2) };
    const isOff = number(3) === 0;
    if (isOff) program.push({ op: 'off' });
    program.push(number(2) === 0 ? raise : access);
    if (isOff) program.push({ op: 'on' });
  }
  return program;
}

/** A handler at work, and what was taken at the boundary that it has interrupted. */
interface Frame {
  readonly line: number;
  readonly part: number;
  readonly taken: number;
}

/** Sets of lines are a bit each. */
interface Running {
  readonly pc: number;
  readonly part: number;
  /** What it has found in the word of raised lines. */
  readonly found: number;
  readonly off: boolean;
  readonly handlers: readonly Frame[];
  /** Lines that it has raised itself, and those that a timer has. */
  readonly own: number;
  readonly fired: number;
  readonly armed: number;
  /** Armed ones that may have expired at a boundary at which they could not be taken. */
  readonly late: number;
  /** What it has taken at the boundary at which it stands. */
  readonly taken: number;
  readonly log: readonly string[];
}

interface State {
  readonly words: readonly number[];
  /** The word of raised lines of each CPU: 0 before any was raised, and then with a mark. */
  readonly raised: readonly number[];
  readonly cpus: readonly Running[];
}

const MARK = 1 << 16;

/** What all orders together are. */
export interface CountedLines {
  readonly orders: number;
  readonly ends: number;
}

const START: Running = {
  pc: 0,
  part: 0,
  found: 0,
  off: false,
  handlers: [],
  own: 0,
  fired: 0,
  armed: 0,
  late: 0,
  taken: 0,
  log: [],
};

/** Goes through all orders. */
export function countLines(programs: readonly Program[]): CountedLines {
  const known = new Map<string, number>();
  let ends = 0;
  const count = (state: State): number => {
    const key = JSON.stringify(state);
    const before = known.get(key);
    if (before !== undefined) return before;
    const next = programs.flatMap((program, c) => nextOf(state, c, program));
    // Where all have ended, what is pending may be lost.
    const isOver = state.cpus.every((cpu, c) => isIdle(settled(cpu, programs[c]), programs[c]));
    if (isOver) ends++;
    const orders = next.reduce((sum, one) => sum + count(one), isOver ? 1 : 0);
    known.set(key, orders);
    return orders;
  };
  const cpus = programs.map((program) => settled(START, program));
  const orders = count({ words: new Array<number>(WORDS).fill(0), raised: programs.map(() => 0), cpus });
  return { orders, ends };
}

function isIdle({ pc, handlers }: Running, program: Program): boolean {
  return pc === program.length && handlers.length === 0;
}

/** Passes over what is no step: handlers that are done, interrupts off and on, timers. */
function settled(before: Running, program: Program): Running {
  let cpu = before;
  for (;;) {
    const frame = cpu.handlers.at(-1);
    if (frame !== undefined) {
      if (frame.part < 2) return cpu;
      cpu = { ...cpu, handlers: cpu.handlers.slice(0, -1), taken: frame.taken | (1 << frame.line) };
      continue;
    }
    const instruction = program[cpu.pc];
    if (instruction === undefined) return { ...cpu, armed: 0, fired: 0, late: 0 };
    if (instruction.op === 'off' || instruction.op === 'on')
      cpu = { ...cpu, pc: cpu.pc + 1, off: instruction.op === 'off' };
    else if (
      (instruction.op === 'start' || instruction.op === 'stop') &&
      (cpu.armed & cpu.late & (1 << instruction.line)) === 0
    )
      cpu = timerSet(cpu, instruction.op, instruction.line);
    else return cpu;
  }
}

function timerSet(cpu: Running, op: 'start' | 'stop', line: number): Running {
  const armed = op === 'start' ? cpu.armed | (1 << line) : cpu.armed & ~(1 << line);
  return { ...cpu, pc: cpu.pc + 1, armed };
}

/** Returns the lines that a CPU takes where it stands. */
function openAt({ off, handlers }: Running): number {
  const top = handlers.at(-1);
  if (top === undefined) return off ? 0 : HARD | (1 << SOFT);
  // Nothing comes before the first access of a handler; hardirqs have interrupts off, and softirqs do not come in handlers.
  const isOff = off || handlers.some(({ line }) => line !== SOFT);
  return top.part === 0 || isOff ? 0 : HARD;
}

/** Returns the states behind what a CPU may do next. */
function nextOf(state: State, c: number, program: Program): State[] {
  const cpu = state.cpus[c];
  const instruction = program[cpu.pc];
  if (cpu.handlers.length === 0 && (instruction?.op === 'start' || instruction?.op === 'stop')) {
    // Whether the timer has expired meanwhile is decided in no time: nothing comes in front of that.
    const bit = 1 << instruction.line;
    const decided = (fired: number): State => {
      const after = timerSet({ ...cpu, fired, late: cpu.late & ~bit }, instruction.op, instruction.line);
      return put(state, c, program, after, `expired ${fired}`);
    };
    return [decided(cpu.fired), decided(cpu.fired | bit)];
  }
  const idle = isIdle(cpu, program);
  const known = cpu.own | cpu.fired;
  const open = openAt(cpu) & ~(idle ? 0 : cpu.taken & (known | cpu.armed));
  const taken = interruptsOf(state, c, program, cpu, open);
  if (idle) return taken;
  if ((known & open) !== 0) return taken;
  const passed = { ...cpu, late: (cpu.late | cpu.armed) & ~open, taken: 0 };
  return [...taken, stepOf(state, c, program, passed)];
}

function interruptsOf(state: State, c: number, program: Program, cpu: Running, open: number): State[] {
  const pending = (state.raised[c] & 0xffff) | (cpu.fired & open);
  const begin = (line: number, expires: boolean): State => {
    const armed = expires ? cpu.armed & ~(1 << line) : cpu.armed;
    const handlers = [...cpu.handlers, { line, part: 0, taken: cpu.taken }];
    const fired = cpu.fired & ~(1 << line);
    return put(
      state,
      c,
      program,
      { ...cpu, armed, fired, handlers, taken: 0 },
      `${expires ? 'expires' : 'takes'} ${line}`,
    );
  };
  const found: State[] = [];
  for (let line = 0; line < LINES.length; line++) {
    const bit = 1 << line;
    if ((open & bit) === 0) continue;
    if ((pending & bit) !== 0) return [...found, begin(line, false)];
    if ((cpu.armed & bit) !== 0) found.push(begin(line, true));
  }
  return found;
}

/** Makes the next access of a handler or of the program. */
function stepOf(state: State, c: number, program: Program, cpu: Running): State {
  const { words, raised } = state;
  const frame = cpu.handlers.at(-1);
  if (frame !== undefined) {
    const handlers = cpu.handlers.with(cpu.handlers.length - 1, { ...frame, part: frame.part + 1 });
    if (frame.part === 0) {
      const bit = 1 << frame.line;
      const after = { ...cpu, handlers, own: cpu.own & ~bit };
      return put(state, c, program, after, String(raised[c]), { raised: raised.with(c, raised[c] & ~bit) });
    }
    const { word } = LINES[frame.line];
    return put(state, c, program, { ...cpu, handlers }, String(words[word]), {
      words: words.with(word, words[word] + 1),
    });
  }
  const instruction = program[cpu.pc];
  const on = { ...cpu, pc: cpu.pc + 1, part: 0, found: 0 };
  switch (instruction.op) {
    case 'read':
      return put(state, c, program, on, String(words[instruction.word]));
    case 'add': {
      const before = words[instruction.word];
      return put(state, c, program, on, String(before), { words: words.with(instruction.word, before + 1) });
    }
    case 'raise': {
      const { line, target } = instruction;
      const bit = 1 << line;
      const word = raised[target];
      const own = target === c ? cpu.own | bit : cpu.own;
      if (cpu.part === 0) {
        const isSet = word === (MARK | (word & 0xffff) | bit);
        return put(state, c, program, isSet ? { ...on, own } : { ...cpu, part: 1, found: word }, String(word));
      }
      if (word !== cpu.found) return put(state, c, program, { ...cpu, part: 0, found: 0 }, String(word));
      const after = raised.with(target, MARK | (word & 0xffff) | bit);
      return put(state, c, program, { ...on, own }, String(word), { raised: after });
    }
    default:
      throw new Error(`no step: ${instruction.op}`);
  }
}

/** Returns a state in which a CPU has met something more. */
function put(
  state: State,
  c: number,
  program: Program,
  cpu: Running,
  met: string,
  changed: Partial<State> = {},
): State {
  const log = [...cpu.log, met];
  return { ...state, ...changed, cpus: state.cpus.with(c, settled({ ...cpu, log }, program)) };
}
