/**
 * Can two CPUs hang that take two locks in opposite orders? Each holds one and waits for the other: DEADLOCK, proved by that cycle.
 * Run: npx racehammer run ./examples/02-two-locks.js
 */
import { DEADLOCK, LINE, READ_ONCE, WRITE_ONCE, defineRace, fail, spin_lock, spin_unlock, struct } from 'racehammer';

/** Two accounts, each with the lock that guards it. */
const STATE = struct({ lock_a: LINE, lock_b: LINE, a: LINE, b: LINE });
const ALL = 200;

/** Moves 1 from one account to the other, with both locks held. */
function transfer(cpu, from, to, [first, second]) {
  spin_lock(cpu, first);
  spin_lock(cpu, second);
  WRITE_ONCE(cpu, from, READ_ONCE(cpu, from) - 1);
  WRITE_ONCE(cpu, to, READ_ONCE(cpu, to) + 1);
  spin_unlock(cpu, second);
  spin_unlock(cpu, first);
}

export default defineRace({
  name: 'two-locks',
  state: STATE,
  variants: {
    buggy: { about: "the payer's lock first: a then b on one CPU, b then a on the other", fails: DEADLOCK },
    ordered: { about: 'always a before b' },
  },
  actors: {
    a_pays_b(cpu, at) {
      transfer(cpu, at + STATE.a, at + STATE.b, [at + STATE.lock_a, at + STATE.lock_b]);
    },
    b_pays_a(cpu, at, { variant }) {
      const a_first = [at + STATE.lock_a, at + STATE.lock_b];
      transfer(cpu, at + STATE.b, at + STATE.a, variant === 'ordered' ? a_first : a_first.toReversed());
    },
  },
  init(mem, at) {
    mem[at + STATE.a] = mem[at + STATE.b] = ALL / 2;
  },
  check(cpu, at) {
    const sum = READ_ONCE(cpu, at + STATE.a) + READ_ONCE(cpu, at + STATE.b);
    if (sum !== ALL) fail(cpu, 'lost-money', `the accounts have ${sum} of ${ALL}`, sum);
  },
});
