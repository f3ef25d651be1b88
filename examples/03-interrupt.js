/**
 * May a lock that an interrupt handler takes be held with interrupts on? The handler comes on the CPU that holds it, and waits for
 * its own CPU: DEADLOCK, a cycle of one. spin_lock_irqsave() keeps the interrupt waiting instead.
 * Run: npx racehammer run ./examples/03-interrupt.js
 */
import {
  DEADLOCK,
  LINE,
  READ_ONCE,
  WRITE_ONCE,
  atomic_fetch_add,
  defineRace,
  endWindow,
  raceWindow,
  smp_call_function_single,
  spin_lock,
  spin_lock_irqsave,
  spin_unlock,
  spin_unlock_irqrestore,
  struct,
} from 'racehammer';

const STATE = struct({ lock: LINE, count: LINE });
const W_LOCK_HELD = 0;

/** Counts under the lock. The window keeps it held for a while, so that the interrupt comes meanwhile more often. */
function add(cpu, at) {
  raceWindow(cpu, W_LOCK_HELD);
  WRITE_ONCE(cpu, at + STATE.count, READ_ONCE(cpu, at + STATE.count) + 1);
  endWindow(cpu, W_LOCK_HELD);
}

/** Runs in an interrupt, which masks interrupts by itself: spin_lock() is enough here. */
function count_handler(cpu, at) {
  spin_lock(cpu, at + STATE.lock);
  atomic_fetch_add(cpu, at + STATE.count, 1);
  spin_unlock(cpu, at + STATE.lock);
}

export default defineRace({
  name: 'interrupt',
  state: STATE,
  interrupts: [count_handler],
  windows: ['W_LOCK_HELD'],
  delays: { W_LOCK_HELD: { min: 0, max: 400 } },
  variants: {
    buggy: { about: 'spin_lock(): interrupts stay on', fails: DEADLOCK },
    irqsave: { about: 'spin_lock_irqsave(): interrupts are off while the lock is held' },
  },
  actors: {
    /** CPU 0 counts. */
    count(cpu, at, { variant }) {
      if (variant === 'buggy') {
        spin_lock(cpu, at + STATE.lock);
        add(cpu, at);
        spin_unlock(cpu, at + STATE.lock);
      } else {
        const flags = spin_lock_irqsave(cpu, at + STATE.lock);
        add(cpu, at);
        spin_unlock_irqrestore(cpu, at + STATE.lock, flags);
      }
    },
    /** CPU 1 interrupts it with an IPI. */
    interrupt(cpu, at) {
      smp_call_function_single(cpu, 0, count_handler, at, true);
    },
  },
});
