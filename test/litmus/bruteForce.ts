/** Small programs, and all of their ends, found by trying every interleaving. Knows nothing of lib/litmus. */

/** What a thread may do here; registers are r0, r1, ... of the thread. */
export type Step =
  | { readonly does: 'write'; readonly to: number; readonly value: number }
  | { readonly does: 'copy'; readonly to: number; readonly register: number }
  | { readonly does: 'read'; readonly from: number; readonly register: number }
  | { readonly does: 'exchange'; readonly to: number; readonly value: number; readonly register: number }
  | { readonly does: 'increment'; readonly to: number }
  | { readonly does: 'fence' }
  | { readonly does: 'enter' | 'leave' | 'graceStart' | 'graceEnd' };

export interface SmallProgram {
  readonly locations: number;
  readonly registers: number;
  readonly threads: readonly (readonly Step[])[];
}

const NAMES = ['x', 'y', 'z'];

/** Returns numbers below the bound, the same for the same seed. */
export function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Draws a program. */
export function drawProgram(draw: (below: number) => number, threads: number, steps: number): SmallProgram {
  const locations = 2 + draw(2);
  const registers = 2;
  const step = (): Step => {
    const [to, value, register] = [draw(locations), 1 + draw(2), draw(registers)];
    const kinds: readonly Step[] = [
      { does: 'write', to, value },
      { does: 'write', to, value },
      { does: 'read', from: to, register },
      { does: 'read', from: to, register },
      { does: 'copy', to, register },
      { does: 'exchange', to, value, register },
      { does: 'increment', to },
      { does: 'fence' },
    ];
    return kinds[draw(kinds.length)];
  };
  return { locations, registers, threads: Array.from({ length: threads }, () => Array.from({ length: steps }, step)) };
}

/** Draws two threads with read-side sections and grace periods around stores and reads. */
export function drawRcuProgram(draw: (below: number) => number): SmallProgram {
  const step = (): Step => {
    const [word, register] = [draw(2), draw(2)];
    return draw(2) === 0 ? { does: 'write', to: word, value: 1 + draw(2) } : { does: 'read', from: word, register };
  };
  const section = (): Step[] => [{ does: 'enter' }, step(), step(), { does: 'leave' }];
  const grace: readonly Step[] = [{ does: 'graceStart' }, { does: 'graceEnd' }];
  const first = draw(2) === 0 ? [step(), ...section()] : [...section(), step()];
  const second = draw(3) === 0 ? [step(), ...grace, ...section()] : [step(), ...grace, step()];
  return { locations: 2, registers: 2, threads: [first, second] };
}

/** Writes the program as a litmus test that shows all registers and locations. */
export function litmusText({ locations, registers, threads }: SmallProgram): string {
  const names = NAMES.slice(0, locations);
  const all = threads.flatMap((_, p) => Array.from({ length: registers }, (_unused, r) => `${p}:r${r}`));
  const functions = threads.map((steps, p) =>
    [
      `P${p}(${names.map((name) => (name === 'z' ? 'atomic_t *z' : `int *${name}`)).join(', ')})`,
      '{',
      ...Array.from({ length: registers }, (_, r) => `  int r${r};`),
      ...steps.map((step) => `  ${statement(step)}`),
      '}',
    ].join('\n'),
  );
  return ['C drawn', '{}', ...functions, `locations [${[...all, ...names].join('; ')}]`, 'exists (x=1)'].join('\n');
}

function statement(step: Step): string {
  switch (step.does) {
    case 'write':
      return `WRITE_ONCE(*${NAMES[step.to]}, ${step.value});`;
    case 'copy':
      return `WRITE_ONCE(*${NAMES[step.to]}, r${step.register});`;
    case 'read':
      return `r${step.register} = READ_ONCE(*${NAMES[step.from]});`;
    case 'exchange':
      return `r${step.register} = xchg(${NAMES[step.to]}, ${step.value});`;
    case 'increment':
      return `atomic_inc(${NAMES[step.to]});`;
    case 'fence':
      return 'smp_mb();';
    case 'enter':
      return 'rcu_read_lock();';
    case 'leave':
      return 'rcu_read_unlock();';
    case 'graceStart':
      return 'synchronize_rcu();';
    case 'graceEnd':
      return ';';
  }
}

interface Thread {
  readonly done: number;
  readonly registers: readonly number[];
  readonly buffer: readonly (readonly [location: number, value: number])[];
}

/** Something that a thread has done, in the order in which all of them did. */
type Event = readonly [what: Step['does'] | 'drain', thread: number];

/**
 * Returns all ends as lines of herd, by recursion over every order, in which nothing is remembered. Nobody waits for a grace period: orders
 * that break its guarantee are left out when they have ended.
 */
export function allEnds(program: SmallProgram, hasBuffers: boolean): Set<string> {
  const ends = new Set<string>();
  const visit = (memory: readonly number[], threads: readonly Thread[], events: readonly Event[]): void => {
    let ended = true;
    for (const [p, thread] of threads.entries()) {
      const become = (next: Partial<Thread>, written: readonly number[] = memory): void =>
        visit(written, threads.with(p, { ...thread, ...next }), [
          ...events,
          [next.done === undefined ? 'drain' : program.threads[p][thread.done].does, p],
        ]);
      if (thread.buffer.length > 0) {
        ended = false;
        const [[location, value], ...rest] = thread.buffer;
        become({ buffer: rest }, memory.with(location, value));
      }
      const step = program.threads[p][thread.done];
      if (step === undefined) continue;
      ended = false;
      const done = thread.done + 1;
      const store = (location: number, value: number): void =>
        hasBuffers
          ? become({ done, buffer: [...thread.buffer, [location, value]] })
          : become({ done }, memory.with(location, value));
      if (step.does === 'write') store(step.to, step.value);
      else if (step.does === 'copy') store(step.to, thread.registers[step.register]);
      else if (step.does === 'read') {
        const own = thread.buffer.findLast(([location]) => location === step.from);
        become({ done, registers: thread.registers.with(step.register, own?.[1] ?? memory[step.from]) });
      } else if (step.does === 'enter' || step.does === 'leave') become({ done });
      else if (thread.buffer.length > 0) continue;
      else if (step.does === 'exchange')
        become(
          { done, registers: thread.registers.with(step.register, memory[step.to]) },
          memory.with(step.to, step.value),
        );
      else if (step.does === 'increment') become({ done }, memory.with(step.to, memory[step.to] + 1));
      else become({ done });
    }
    if (ended && isLawful(events, hasBuffers)) ends.add(line(memory, threads));
  };
  const begun: Thread = { done: 0, registers: new Array<number>(program.registers).fill(0), buffer: [] };
  visit(
    new Array<number>(program.locations).fill(0),
    program.threads.map(() => begun),
    [],
  );
  return ends;
}

/** Whether each section begins behind the start of each grace period, or ends before its end, with what its thread had stored visible. */
function isLawful(events: readonly Event[], hasBuffers: boolean): boolean {
  const before = (what: readonly string[], thread: number, end: number): number =>
    events.slice(0, end).filter(([done, by]) => what.includes(done) && by === thread).length;
  return events.every(([ended, by], end) => {
    if (ended !== 'graceEnd') return true;
    const start = events.slice(0, end).findLastIndex(([what, thread]) => what === 'graceStart' && thread === by);
    return events.every(([what, thread], enter) => {
      if (what !== 'enter' || start < enter) return true;
      const leave = events.findIndex(([left, of], i) => i > enter && left === 'leave' && of === thread);
      const stored = hasBuffers ? before(['write', 'copy'], thread, leave) : 0;
      return leave < end && stored <= before(['drain'], thread, end);
    });
  });
}

function line(memory: readonly number[], threads: readonly Thread[]): string {
  const registers = threads.flatMap((thread, p) => thread.registers.map((value, r) => `${p}:r${r}=${value};`));
  return [...registers, ...memory.map((value, location) => `[${NAMES[location]}]=${value};`)].join(' ');
}
