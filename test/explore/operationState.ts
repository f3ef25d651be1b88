/** A state of the model of random programs, and a task in it; for operationAccesses.ts and operationModel.ts. */

/** What a state has of a task. */
export interface ModelTask {
  readonly pc: number;
  /** What it has found, the newest first; and what its operations keep. */
  readonly found: readonly number[];
  readonly own: Readonly<Record<string, number>>;
  readonly callbacks: readonly number[];
  /** All that it got, as its program counts it. */
  readonly got: number;
  readonly buffer: readonly (readonly [word: string, value: number])[];
  /** The CPU that it has, -1 for none; and the one that it had. */
  readonly cpu: number;
  readonly last: number;
  /** Whether it waits for a CPU. */
  readonly ready: boolean;
}

export interface ModelState {
  readonly words: Readonly<Record<string, number>>;
  readonly tasks: readonly ModelTask[];
  readonly failed: string;
}

/** An access of a task, or what decides about the next one: the states behind it; none where it waits. */
export interface Access {
  readonly next: (at: At) => ModelState[];
  /** It is no access: nobody comes in between. */
  readonly isLocal?: true;
  /** The task may leave its CPU to another one here: in its sleep, or because it says so. */
  readonly leaves?: 'asleep' | 'willing';
}

/** A task in a state. */
export class At {
  readonly state: ModelState;
  readonly me: number;

  constructor(state: ModelState, me: number) {
    this.state = state;
    this.me = me;
  }

  get task(): ModelTask {
    return this.state.tasks[this.me];
  }

  get isDrained(): boolean {
    return this.task.buffer.length === 0;
  }

  /** What it has found last, or before that. */
  found(n = 0): number {
    return this.task.found[n] ?? 0;
  }

  own(name: string): number {
    return this.task.own[name] ?? 0;
  }

  /** What is in memory; and what the task sees: its own store, if one is in its buffer. */
  word(name: string): number {
    return this.state.words[name] ?? 0;
  }

  see(name: string): number {
    return this.task.buffer.findLast(([word]) => word === name)?.[1] ?? this.word(name);
  }

  /** The state behind an access; `find` is what it has found. */
  on(changed: Partial<ModelTask> = {}, words: ModelState['words'] = this.state.words): ModelState {
    return put({ ...this.state, words }, this.me, { ...this.task, pc: this.task.pc + 1, ...changed });
  }

  find(value: number, words?: ModelState['words']): ModelState {
    return this.on({ found: [value, ...this.task.found].slice(0, FOUND_MAX) }, words);
  }
}

const FOUND_MAX = 3;

/** Returns the state with another task. */
export function put(state: ModelState, t: number, task: ModelTask): ModelState {
  return { ...state, tasks: state.tasks.with(t, task) };
}
