/**
 * Small random programs whose CPUs call each other, and all their orders: an interpreter that shares nothing with lib/explore. It writes
 * out the whole of a state as text, with all that each CPU has met, and counts the orders behind equal ones once.
 */
import { draw } from '../../lib/machine/random.js';

export const WORDS = 2;

/** An instruction of a program. A call has its handler add 1 to a word. */
export type Instruction =
  | { readonly op: 'read'; readonly word: number }
  | { readonly op: 'add'; readonly word: number }
  | { readonly op: 'lock' }
  | { readonly op: 'unlock' }
  | { readonly op: 'off' }
  | { readonly op: 'on' }
  | { readonly op: 'call'; readonly target: number; readonly word: number; readonly wait: boolean };

export type Program = readonly Instruction[];

/** Makes the program of a CPU: so many accesses, one of which is a call as a rule. */
export function randomCalls(seed: number, cpu: number, cpus: number, steps: number): Program {
  let next = 0;
  const number = (below: number): number => draw(seed, cpu, next++) % below;
  const access = (): Instruction => ({ op: number(2) === 0 ? 'read' : 'add', word: number(WORDS) });
  const call = (): Instruction => ({
    op: 'call',
    target: (cpu + 1 + number(cpus - 1)) % cpus,
    word: number(WORDS),
    wait: number(3) > 0,
  });
  const program: Instruction[] = [];
  // With three that call there are more orders than a number counts.
  const place = cpu > 1 || number(4) === 0 ? -1 : number(steps);
  for (let i = 0; i < steps; i++) {
    const one = i === place ? call() : access();
    switch (number(4)) {
      case 0:
        program.push({ op: 'lock' }, one, { op: 'unlock' });
        break;
      case 1:
        // Nobody waits for an answer with interrupts off.
        if (i === place) program.push(one);
        else program.push({ op: 'off' }, { op: 'lock' }, one, { op: 'unlock' }, { op: 'on' });
        break;
      default:
        program.push(one);
    }
  }
  return program;
}

/** A handler at work: what it does next, as a list of steps. */
type HandlerStep =
  | { readonly do: 'look' }
  | { readonly do: 'clear'; readonly senders: number }
  | { readonly do: 'csd'; readonly sender: number; readonly part: number; readonly info: number }
  | { readonly do: 'add'; readonly word: number }
  | { readonly do: 'answer'; readonly sender: number };

interface Running {
  readonly pc: number;
  /** How much of a call, or of the end, is done. */
  readonly part: number;
  readonly off: boolean;
  readonly called: boolean;
  readonly handler: readonly HandlerStep[];
  /** All that it has met, in order. */
  readonly log: readonly string[];
}

interface State {
  readonly words: readonly number[];
  readonly owner: number;
  readonly pending: readonly number[];
  readonly unacked: readonly number[];
  /** What each has posted: the word, and whether it waits. */
  readonly posted: readonly (readonly [handler: number, word: number, wait: number])[];
  readonly cpus: readonly Running[];
}

/** What all orders together are. */
export interface CountedCalls {
  readonly orders: number;
  readonly ends: number;
  readonly stuck: number;
}

const START: Running = { pc: 0, part: 0, off: false, called: false, handler: [], log: [] };

/** Goes through all orders. */
export function countCalls(programs: readonly Program[]): CountedCalls {
  const known = new Map<string, number>();
  let ends = 0;
  let stuck = 0;
  const count = (state: State): number => {
    const key = JSON.stringify(state);
    const before = known.get(key);
    if (before !== undefined) return before;
    const next = programs.flatMap((program, c) => nextOf(state, c, program));
    const orders = next.length === 0 ? 1 : next.reduce((sum, one) => sum + count(one), 0);
    known.set(key, orders);
    if (next.length === 0 && state.cpus.every((cpu, c) => hasEnded(cpu, programs[c]))) ends++;
    else if (next.length === 0) stuck++;
    return orders;
  };
  const zeros = programs.map(() => 0);
  const first: State = {
    words: new Array<number>(WORDS).fill(0),
    owner: 0,
    pending: zeros,
    unacked: zeros,
    posted: programs.map(() => [0, 0, 0] as const),
    cpus: programs.map(() => START),
  };
  return { orders: count(first), ends, stuck };
}

function hasEnded(cpu: Running, program: Program): boolean {
  const { pc, part, called, handler } = withoutFlags(cpu, program);
  return pc === program.length && handler.length === 0 && (!called || part === 1);
}

/** Returns the states behind what a CPU may do next: a step of its handler, or of its program, or a call that it takes. */
function nextOf(state: State, c: number, program: Program): State[] {
  const cpu = withoutFlags(state.cpus[c], program);
  if (cpu.handler.length > 0) return [handlerStep(state, c, cpu)];
  const steps = cpu.pc < program.length ? programStep(state, c, cpu, program[cpu.pc]) : endStep(state, c, cpu);
  const isMasked = cpu.off || (program[cpu.pc]?.op === 'call' && cpu.part > 0 && cpu.part < 6);
  if (state.pending[c] === 0 || isMasked) return steps;
  // A CPU that idles looks again behind the handler whether its own last call has been taken.
  const part = cpu.pc < program.length ? cpu.part : 0;
  return [...steps, put(state, c, { ...cpu, part, handler: [{ do: 'look' }] }, 'call')];
}

/** Passes over what is no step. */
function withoutFlags(cpu: Running, program: Program): Running {
  let { pc, off } = cpu;
  if (cpu.handler.length > 0) return cpu;
  for (; program[pc]?.op === 'off' || program[pc]?.op === 'on'; pc++) off = program[pc].op === 'off';
  return { ...cpu, pc, off };
}

/** Returns a state in which a CPU has met something more. */
function put(state: State, c: number, cpu: Running, met: string | number, changed: Partial<State> = {}): State {
  const log = [...cpu.log, String(met)];
  return { ...state, ...changed, cpus: state.cpus.with(c, { ...cpu, log }) };
}

function programStep(state: State, c: number, cpu: Running, instruction: Instruction): State[] {
  const on = { ...cpu, pc: cpu.pc + 1, part: 0 };
  switch (instruction.op) {
    case 'read':
      return [put(state, c, on, state.words[instruction.word])];
    case 'add': {
      const before = state.words[instruction.word];
      return [put(state, c, on, before, { words: state.words.with(instruction.word, before + 1) })];
    }
    case 'lock':
      return state.owner === 0 ? [put(state, c, on, 0, { owner: c + 1 })] : [];
    case 'unlock':
      return [put(state, c, on, 0, { owner: 0 })];
    case 'call':
      return callStep(state, c, cpu, instruction);
    default:
      throw new Error(`no step: ${instruction.op}`);
  }
}

/** Waits for its own last call; writes down what is to be done, for whom it waits, and posts; then waits. */
function callStep(
  state: State,
  c: number,
  cpu: Running,
  { target, word, wait }: Instruction & { readonly op: 'call' },
): State[] {
  const isLast = cpu.part === (wait ? 6 : 5);
  const on = isLast ? { ...cpu, pc: cpu.pc + 1, part: 0, called: true } : { ...cpu, part: cpu.part + 1 };
  const [handler, info, waits] = state.posted[c];
  const post = (now: readonly [number, number, number], before: number): State[] => [
    put(state, c, on, before, { posted: state.posted.with(c, now) }),
  ];
  switch (cpu.part) {
    case 0:
    case 6:
      return state.unacked[c] === 0 ? [put(state, c, on, 0)] : [];
    case 1:
      return post([0, info, waits], handler);
    case 2:
      return post([handler, word, waits], info);
    case 3:
      return post([handler, info, wait ? 1 : 0], waits);
    case 4:
      return [put(state, c, on, state.unacked[c], { unacked: state.unacked.with(c, 1 << target) })];
    default: {
      const before = state.pending[target];
      return [put(state, c, on, before, { pending: state.pending.with(target, before | (1 << c)) })];
    }
  }
}

/** Does not end before its last call has been taken. */
function endStep(state: State, c: number, cpu: Running): State[] {
  if (!cpu.called || cpu.part === 1 || state.unacked[c] !== 0) return [];
  return [put(state, c, { ...cpu, part: 1 }, 0)];
}

function handlerStep(state: State, c: number, cpu: Running): State {
  const [step, ...rest] = cpu.handler;
  const on = (...more: readonly HandlerStep[]): Running => ({ ...cpu, handler: [...more, ...rest] });
  switch (step.do) {
    case 'look': {
      const senders = state.pending[c];
      return put(state, c, on({ do: 'clear', senders }), senders);
    }
    case 'clear': {
      const all = state.cpus.map((_, sender) => sender).filter((sender) => (step.senders >>> sender) & 1);
      const calls = all.map((sender): HandlerStep => ({ do: 'csd', sender, part: 0, info: 0 }));
      const before = state.pending[c];
      return put(state, c, on(...calls), before, { pending: state.pending.with(c, before & ~step.senders) });
    }
    case 'csd': {
      const { sender, part } = step;
      const found = state.posted[sender][part];
      const info = part === 1 ? found : step.info;
      if (part < 2) return put(state, c, on({ do: 'csd', sender, part: part + 1, info }), found);
      const [add, answer]: HandlerStep[] = [
        { do: 'add', word: info },
        { do: 'answer', sender },
      ];
      return put(state, c, found === 1 ? on(add, answer) : on(answer, add), found);
    }
    case 'add': {
      const before = state.words[step.word];
      return put(state, c, on(), before, { words: state.words.with(step.word, before + 1) });
    }
    default: {
      const before = state.unacked[step.sender];
      return put(state, c, on(), before, { unacked: state.unacked.with(step.sender, before & ~(1 << c)) });
    }
  }
}
