/** `replay --step`: one access a key. */

import type { Timeline, TimelineRow } from '../../evidence/timeline.js';
import { Replay, type ReplaySetup } from '../../harness/replay/replay.js';
import { print } from '../output.js';

const HELP = 'a key: next step; c: on to the end; s: what every CPU is doing; q: quit';

/** Walks through a replay, one turn for each key; returns whether it failed in the same way. Without a terminal a line is a key. */
export async function stepThrough(setup: ReplaySetup, timeline: Timeline): Promise<boolean> {
  const replay = Replay.start(setup);
  print(HELP);
  const input = process.stdin;
  const isTerminal = input.isTTY;
  if (isTerminal) input.setRawMode(true);
  let turn = 0;
  try {
    for await (const key of keys(input, isTerminal)) {
      if (key === 'q' || key === '\u0003') break;
      if (key === 's') {
        print(replay.states());
        continue;
      }
      const turns = key === 'c' ? setup.script.length - turn : 1;
      replay.grant(turns);
      await replay.used();
      for (const row of rowsOf(timeline, turn, turn + turns))
        print(`${String(row.number).padStart(4)}  CPU ${row.cpu}  ${row.step.padEnd(4)} ${row.text}`);
      turn += turns;
      if (turn >= setup.script.length) break;
    }
  } finally {
    if (isTerminal) input.setRawMode(false);
    input.pause();
  }
  const outcome = await replay.finish();
  if (turn < setup.script.length) {
    print(`left after ${turn} of ${setup.script.length} steps`);
    return true;
  }
  const same = outcome.same && outcome.difference === undefined;
  print(same ? 'replayed: the same failure, each access as recorded' : 'DOES NOT REPLAY');
  return same;
}

async function* keys(input: NodeJS.ReadStream, isTerminal: boolean): AsyncGenerator<string> {
  input.setEncoding('utf8');
  for await (const chunk of input) {
    const text = chunk as string;
    // A key that sends several characters, such as an arrow, is one key.
    if (isTerminal) yield text[0];
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
