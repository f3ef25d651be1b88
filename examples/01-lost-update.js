/**
 * Can two CPUs that count in one word lose a count? The smallest race: what is shared, what each CPU does, what must hold.
 * Run: npx racehammer run ./examples/01-lost-update.js
 */
import { LINE, READ_ONCE, WRITE_ONCE, atomic_fetch_add, defineRace, fail, struct } from 'racehammer';

const STATE = struct({ count: LINE });

export default defineRace({
  name: 'lost-update',
  state: STATE,
  variants: { buggy: { fails: 'lost-update' }, atomic: {} },
  actors: {
    add(cpu, at, { variant }) {
      if (variant === 'atomic') atomic_fetch_add(cpu, at + STATE.count, 1);
      else WRITE_ONCE(cpu, at + STATE.count, READ_ONCE(cpu, at + STATE.count) + 1);
    },
  },
  check(cpu, at) {
    const count = READ_ONCE(cpu, at + STATE.count);
    if (count !== cpu.cpus) fail(cpu, 'lost-update', `the count is ${count}`, count);
  },
});
