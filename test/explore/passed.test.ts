/**
 * Goal: an actor is run once for all steps that return nothing, and the trees are the same as if it were run for each.
 * Method: actors whose places and runs can be counted by hand, under both memory models, and where they are cut. That what is found is right is compared with brute force elsewhere (bruteForce.slow.test.ts, lines.slow.test.ts, loopPrograms.slow.test.ts).
 */
import test from 'ava';
import { learning } from '../../lib/explore/trees/learned.js';
import { STEP } from '../../lib/explore/trees/step.js';
import type { Model } from '../../lib/explore/states/model.js';
import { Search } from '../../lib/explore/search.js';
import {
  READ_ONCE,
  WRITE_ONCE,
  defineRace,
  lines,
  smp_mb,
  spin_lock,
  spin_unlock,
  struct,
} from '../../lib/sdk/index.js';
import { LIMITS, modelOf, type Asked } from './searched.js';

const STATE = struct({ words: lines(4), lock: lines(1) });

const RACE = defineRace({
  name: 'passes',
  state: STATE,
  cpus: { min: 1, default: 1 },
  variants: { any: {} },
  signatures: { wrong: 'something' },
  actors: {
    run: (cpu, at) => {
      READ_ONCE(cpu, at + STATE.words);
      WRITE_ONCE(cpu, at + STATE.words, 1);
      smp_mb(cpu);
      WRITE_ONCE(cpu, at + STATE.words + 1, 2);
      spin_lock(cpu, at + STATE.lock);
      WRITE_ONCE(cpu, at + STATE.words + 2, 3);
      spin_unlock(cpu, at + STATE.lock);
      READ_ONCE(cpu, at + STATE.words + 3);
    },
  },
});

const found = (asked: Asked): Model =>
  learning((learned) => {
    const model = modelOf(RACE, asked, learned);
    const search = new Search(model, LIMITS);
    while (!search.isComplete) search.advance(1000);
    return model;
  });

for (const memory of ['sc', 'tso'] as const)
  test(`stores, releases and fences are passed in one run: ${memory}`, (t) => {
    const { places, actors } = found({ memory });
    const steps = places.map(({ step }) => step).filter((step) => step !== STEP.DRAINED);
    const { READ, WRITE, FENCE, LOCK, RELEASE, END } = STEP;
    t.deepEqual(steps, [READ, WRITE, FENCE, WRITE, LOCK, WRITE, RELEASE, READ, END]);
    // To the first read; from there to the lock; from there to the second read; to the end, and to what is drained in front of it.
    t.is(actors[0].runs, memory === 'sc' ? 4 : 5);
    for (const [i, place] of places.entries()) {
      t.is(place.id, i);
      t.is(place.depth, i);
      t.is(place.parent, places[i - 1] ?? null);
      t.is(place.parent?.children.get(place.value) ?? place, place);
    }
  });

test('what is passed counts as accesses', (t) => {
  for (let accesses = 1; accesses < 8; accesses++) {
    const { places } = found({ accesses });
    t.is(places.length, accesses + 2);
    t.is(places.at(-1)?.step, STEP.CUT);
  }
});
