/** A race that only waits for words, for measuring how soon a wait that nobody ends is proved, and what a wait costs. Used by wordWaits.ts. */

import { READ_ONCE, WRITE_ONCE } from '../machine/access.js';
import { DEADLOCK, LOST_WAKE_UP } from '../machine/signatures.js';
import { wait_on } from '../machine/waitOn.js';
import { defineRace } from '../race/defineRace.js';
import { choice } from '../race/knobs.js';
import { LINE, struct } from '../sharedarraybuffer-utils/index.js';

const STATE = struct({ first: LINE, second: LINE });

/** Trials of which each is lost, is a cycle of two, or passes one word to all others. */
export default defineRace({
  name: 'word-wait',
  question: 'What does a wait for a word cost?',
  state: STATE,
  knobs: { wait: choice(['machine', 'loop'], 'how the race waits') },
  cpus: { min: 2, default: 2 },
  variants: { lost: { fails: LOST_WAKE_UP }, cycle: { fails: DEADLOCK }, handed: {} },
  configure: (variant, { wait }) => ({ variant, isLoop: wait === 'loop' }),
  actors: {
    waits(cpu, at, { variant, isLoop }) {
      if (variant === 'handed' && cpu.id === cpu.cpus - 1) WRITE_ONCE(cpu, at + STATE.first, 1);
      else if (variant === 'cycle' && cpu.id === 1) wait_on(cpu, at + STATE.second, -1, 1);
      else if (variant === 'lost' && cpu.id !== 0) return;
      else if (isLoop) while (READ_ONCE(cpu, at + STATE.first) === 0);
      else wait_on(cpu, at + STATE.first, -1, 1);
    },
  },
});
