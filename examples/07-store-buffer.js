/**
 * Does Peterson's lock keep two CPUs apart on a machine whose CPUs have store buffers, as x86? Each CPU says that it wants to enter, gives
 * way, and looks whether the other one wants to. Without a fence its own store can still be in its buffer when it looks.
 * Run: npx racehammer run ./examples/07-store-buffer.js --memory tso
 *      npx racehammer run ./examples/07-store-buffer.js
 */
import { LINE, READ_ONCE, WRITE_ONCE, atomic_fetch_add, defineRace, fail, lines, smp_mb, struct } from 'racehammer';

const STATE = struct({ wants: lines(2), turn: LINE, inside: LINE });

export default defineRace({
  name: 'peterson',
  state: STATE,
  cpus: { min: 2, default: 2, max: 2 },
  variants: {
    'no-fence': { fails: 'both-inside', memory: 'tso' },
    fence: {},
  },
  merged: 'fence',
  actors: {
    enter(cpu, at, { variant }) {
      const me = cpu.id;
      const other = 1 - me;
      WRITE_ONCE(cpu, at + STATE.wants + me, 1);
      WRITE_ONCE(cpu, at + STATE.turn, other);
      if (variant === 'fence') smp_mb(cpu);
      while (READ_ONCE(cpu, at + STATE.wants + other) === 1 && READ_ONCE(cpu, at + STATE.turn) === other);
      if (atomic_fetch_add(cpu, at + STATE.inside, 1) !== 0) fail(cpu, 'both-inside', 'both CPUs hold the lock');
      atomic_fetch_add(cpu, at + STATE.inside, -1);
      WRITE_ONCE(cpu, at + STATE.wants + me, 0);
    },
  },
});
