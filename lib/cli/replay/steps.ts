/** `replay --step`: one access a key, on and back. */

import type { Timeline, TimelineRow } from '../../evidence/timeline.js';
import { CpuPool } from '../../harness/host/pool.js';
import { Replay, type ReplayOutcome, type ReplaySetup } from '../../harness/replay/replay.js';
import { print } from '../output.js';
import { counted } from '../../report/format/numbers.js';

const HELP = 'a key: next step; b or left: back; c: on to the end; s: what every CPU is doing; q: quit';
const END_HELP = 'b or left: back; any other key: quit';

/** Left and up, as terminals send them in both of their modes. */
const BACK_KEYS = ['b', '\u007f', '\u001b[D', '\u001bOD', '\u001b[A', '\u001bOA'];
const QUIT_KEYS = ['q', '\u0003', '\u0004'];

/** Walks through a replay, one turn for each key; returns whether it failed in the same way. Without a terminal a line is a key. */
export async function stepThrough(setup: ReplaySetup, timeline: Timeline): Promise<boolean> {
  const pool = new CpuPool(setup.evidence.cpus.length);
  const input = process.stdin;
  const isTerminal = input.isTTY;
  const walk = new Walk({ ...setup, pool }, timeline);
  try {
    print(HELP);
    if (isTerminal) input.setRawMode(true);
    for await (const key of keys(input, isTerminal)) if (await walk.takes(key)) break;
    return await walk.end();
  } finally {
    if (isTerminal) input.setRawMode(false);
    input.pause();
    await pool.destroy();
  }
}

/** A replay that stands between two turns. Going back runs it again up to there: a turn cannot be undone. */
class Walk {
  readonly #setup: ReplaySetup;
  readonly #timeline: Timeline;
  #replay: Replay;
  #turn = 0;
  /** Set when all turns are used. */
  #outcome: ReplayOutcome | undefined;

  constructor(setup: ReplaySetup, timeline: Timeline) {
    this.#setup = setup;
    this.#timeline = timeline;
    this.#replay = Replay.start(setup);
  }

  get #turns(): number {
    return this.#setup.script.length;
  }

  /** Obeys a key. Returns whether it was the last. */
  async takes(key: string): Promise<boolean> {
    if (QUIT_KEYS.includes(key)) return true;
    if (BACK_KEYS.includes(key)) {
      await this.#back();
      return false;
    }
    if (this.#outcome !== undefined) return true;
    if (key === 's') print(this.#replay.states());
    else await this.#on(key === 'c' ? this.#turns - this.#turn : 1);
    return false;
  }

  /** Ends the replay, and returns whether it failed in the same way, or was left before its end. */
  async end(): Promise<boolean> {
    if (this.#outcome !== undefined) return isSame(this.#outcome);
    await this.#replay.finish();
    print(`left after ${this.#turn} of ${counted(this.#turns, 'step')}`);
    return true;
  }

  async #on(turns: number): Promise<void> {
    this.#replay.grant(turns);
    await this.#replay.used();
    this.#show(this.#turn, this.#turn + turns);
    this.#turn += turns;
    if (this.#turn < this.#turns) return;
    this.#outcome = await this.#replay.finish();
    print(isSame(this.#outcome) ? 'replayed: the same failure, each access as recorded' : 'DOES NOT REPLAY');
    print(END_HELP);
  }

  async #back(): Promise<void> {
    if (this.#turn === 0) {
      print('this is the beginning');
      return;
    }
    if (this.#outcome === undefined) await this.#replay.finish();
    this.#outcome = undefined;
    this.#turn--;
    this.#replay = Replay.start(this.#setup);
    this.#replay.grant(this.#turn);
    await this.#replay.used();
    print(this.#turn === 0 ? 'back at the beginning' : 'back behind');
    if (this.#turn > 0) this.#show(this.#turn - 1, this.#turn);
  }

  #show(first: number, end: number): void {
    for (const row of rowsOf(this.#timeline, first, end))
      print(`${String(row.number).padStart(4)}  CPU ${row.cpu}  ${row.step.padEnd(4)} ${row.text}`);
  }
}

function isSame({ same, difference }: ReplayOutcome): boolean {
  return same && difference === undefined;
}

async function* keys(input: NodeJS.ReadStream, isTerminal: boolean): AsyncGenerator<string> {
  input.setEncoding('utf8');
  for await (const chunk of input) {
    const text = chunk as string;
    // A key that sends several characters, such as an arrow, is one key.
    if (isTerminal) yield BACK_KEYS.includes(text) ? text : text[0];
    else
      yield* text
        .split('\n')
        .slice(0, -1)
        .map((line) => line[0] ?? '\n');
  }
}

/** Returns the rows of turns `first` to `end` - 1, with what the CPUs noted beside. */
function rowsOf(timeline: Timeline, first: number, end: number): readonly TimelineRow[] {
  const behind = (turn: number): number => timeline.rows.findIndex((row) => row.turn === turn) + 1;
  const last = behind(end - 1);
  return timeline.rows.slice(first === 0 ? 0 : behind(first - 1), last === 0 ? undefined : last);
}
