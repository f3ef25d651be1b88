/**
 * Goal: no search says anything of a race whose actors depend on what the search does not see.
 * Method: actors that read module state, the clock's like, memory without an instruction, or draw what nobody can enumerate; each is
 * refused in a line that names the access, or what the race has.
 */
import { fileURLToPath } from 'node:url';
import test from 'ava';
import {
  DEFINE_PER_CPU,
  LINE,
  READ_ONCE,
  WORD,
  WRITE_ONCE,
  defineRace,
  fail,
  nextChance,
  per_cpu_ptr,
  struct,
  this_cpu_ptr,
  this_cpu_read,
  this_cpu_write,
  xchg,
  type Cpu,
} from '../../lib/sdk/index.js';
import { innermostOfRace } from '../../lib/explore/trees/raceFrame.js';
import { ExploreRefusal } from '../../lib/explore/trees/refusal.js';
import { HOST_PLACE, HOST_PLACE_WORD } from '../../lib/harness/host/hostPlace.js';
import { exploreStates } from '../../lib/explore/explore.js';
import type { ActorRace } from '../../lib/race/race.js';
import { ON_HOST } from '../../lib/run/explore.js';
import { searched } from './searched.js';

const STATE = struct({ x: LINE, y: LINE, own: WORD });

const raceOf = (run: (cpu: Cpu, at: number) => void) =>
  defineRace({
    name: 'refused',
    state: STATE,
    variants: { any: {} },
    signatures: { wrong: 'something' },
    actors: { run },
  });

const SHARED = /the actor of CPU \d stores x without an instruction, and /;

test('an actor that counts its runs', (t) => {
  let runs = 0;
  const race = raceOf((cpu, at) => {
    runs++;
    WRITE_ONCE(cpu, at + STATE.x, runs % 7);
    READ_ONCE(cpu, at + STATE.y);
  });
  const { message } = t.throws(() => searched(race), { instanceOf: ExploreRefusal });
  t.regex(
    message,
    /the actor of CPU 0 is no function of what it reads, at .*refusal\.test\.[jt]s:\d+:\d+\)?: .*write of x with \d as access 1/,
  );
});

test('an actor that draws random numbers', (t) => {
  const race = raceOf((cpu, at) => {
    READ_ONCE(cpu, at + STATE.x);
    READ_ONCE(cpu, at + (Math.random() < 0.5 ? STATE.x : STATE.y));
    READ_ONCE(cpu, at + STATE.x);
    for (let i = 0; i < 20; i++) READ_ONCE(cpu, at + (Math.random() < 0.5 ? STATE.x : STATE.y));
  });
  t.throws(() => searched(race), { instanceOf: ExploreRefusal, message: /no function of what it reads/ });
});

test('an actor that reads what another CPU stores, without an instruction', (t) => {
  const race = raceOf((cpu, at) => {
    if (cpu.id === 0) WRITE_ONCE(cpu, at + STATE.x, 1);
    else {
      READ_ONCE(cpu, at + STATE.y);
      xchg(cpu, at + STATE.y, cpu.mem[at + STATE.x] === 0 ? 1 : 2);
    }
  });
  const { message } = t.throws(() => searched(race), { instanceOf: ExploreRefusal });
  t.regex(message, /the actor of CPU 1 is no function .* xchg of y with \d as access 2, and xchg of y with 1 before/);
});

test('an actor that ends where it made a step: no line of it runs any more, and no other line is named', (t) => {
  const race = raceOf((cpu, at) => {
    if (cpu.id === 0) WRITE_ONCE(cpu, at + STATE.x, 1);
    else {
      READ_ONCE(cpu, at + STATE.y);
      if (cpu.mem[at + STATE.x] === 0) xchg(cpu, at + STATE.y, 3);
    }
  });
  const { message } = t.throws(() => searched(race), { instanceOf: ExploreRefusal });
  t.regex(
    message,
    /the actor of CPU 1 is no function of what it reads, at its end: having read the same values it made /,
  );
});

test('the line of a race is named wherever it lies; never one of the library, of packages around it, or of the program behind it', (t) => {
  const lib = fileURLToPath(new URL('../../lib/', import.meta.url));
  const inner = [`at History.refuse (file://${lib}explore/trees/history.js:1:2)`, 'at write (node:internal/x:1:2)'];
  const outer = [`at ExploredActor.#runToStep (file://${lib}explore/trees/actor.js:3:4)`, 'at main (/x/other.js:5:6)'];
  const found = (...race: string[]) => innermostOfRace([...inner, ...race, ...outer]);
  t.is(found('at add (file:///home/me/lib/run/race.mjs:7:8)'), 'at add (file:///home/me/lib/run/race.mjs:7:8)');
  const helper = 'at helper (/home/me/node_modules/it/index.js:1:1)';
  t.is(found(helper, 'at add (/home/me/race.mjs:7:8)'), 'at add (/home/me/race.mjs:7:8)');
  t.is(found(helper), helper);
  t.is(found(), undefined);
});

test('two actors that meet in a word without any instruction', (t) => {
  const race = raceOf((cpu, at) => {
    if (cpu.id === 0) cpu.mem[at + STATE.x] = 1;
    READ_ONCE(cpu, at + STATE.y);
    if (cpu.id === 1) READ_ONCE(cpu, at + (cpu.mem[at + STATE.x] === 0 ? STATE.x : STATE.y));
  });
  t.throws(() => searched(race), { instanceOf: ExploreRefusal, message: SHARED });
});

test('a word that two actors count without an instruction, which none of them asks about', (t) => {
  const race = raceOf((cpu, at) => {
    cpu.mem[at + STATE.x]++;
    READ_ONCE(cpu, at + STATE.y);
  });
  t.throws(() => searched(race), { instanceOf: ExploreRefusal, message: SHARED });
});

test('a store without an instruction in front of an access by one, of the same actor and of another', (t) => {
  const own = raceOf((cpu, at) => {
    cpu.mem[at + STATE.x] = 5;
    if (cpu.id === 0 && READ_ONCE(cpu, at + STATE.x) !== 5) fail(cpu, 'wrong', 'the store is lost');
  });
  t.throws(() => searched(own), { instanceOf: ExploreRefusal, message: SHARED });
  const others = raceOf((cpu, at) => {
    if (cpu.id === 0) cpu.mem[at + STATE.x] = 5;
    else READ_ONCE(cpu, at + STATE.x);
  });
  const { message } = t.throws(() => searched(others), { instanceOf: ExploreRefusal });
  t.regex(message, /the actor of CPU 0 stores x without an instruction, and that of CPU 1 accesses it as well/);
});

test('a value that another CPU stores, looked for without an instruction', (t) => {
  const race = raceOf((cpu, at) => {
    if (cpu.id === 0) for (const value of [3, 7]) WRITE_ONCE(cpu, at + STATE.x, value);
    else {
      READ_ONCE(cpu, at + STATE.y);
      if (cpu.mem[at + STATE.x] === 7) WRITE_ONCE(cpu, at + STATE.y, 1);
    }
  });
  t.throws(() => searched(race), { instanceOf: ExploreRefusal, message: /the actor of CPU 1 is no function/ });
});

test('words of its own that an actor reads without an instruction are its own matter', (t) => {
  const race = raceOf((cpu, at) => {
    if (cpu.id !== 0) return;
    cpu.mem[at + STATE.own]++;
    READ_ONCE(cpu, at + STATE.y);
    WRITE_ONCE(cpu, at + STATE.y, cpu.mem[at + STATE.own]);
  });
  t.is(searched(race).found.orders, 1);
});

const refused_counter = DEFINE_PER_CPU('refused_counter', 1);
const PER_CPU: Readonly<Record<string, readonly [(cpu: Cpu) => void, RegExp]>> = {
  'a per-CPU word that its CPU stores by this_cpu_write, and another reads': [
    (cpu) => {
      if (cpu.id === 0) this_cpu_write(cpu, refused_counter, 0, 1);
      else if (READ_ONCE(cpu, per_cpu_ptr(cpu, refused_counter, 0)) !== 0) fail(cpu, 'wrong', 'it is seen');
    },
    /the actor of CPU 0 stores cpu0\.refused_counter without an instruction, as by this_cpu_write\(\), and it is accessed by one/,
  ],
  'a per-CPU word that its CPU stores by this_cpu_write, and reads by READ_ONCE': [
    (cpu) => {
      this_cpu_write(cpu, refused_counter, 0, 1);
      if (READ_ONCE(cpu, this_cpu_ptr(cpu, refused_counter)) !== 1) fail(cpu, 'wrong', 'the store is lost');
    },
    /stores cpu\d\.refused_counter without an instruction, as by this_cpu_write\(\), and it is accessed by one/,
  ],
  'a per-CPU word that another CPU stores, read by this_cpu_read': [
    (cpu) => {
      if (cpu.id === 1) WRITE_ONCE(cpu, per_cpu_ptr(cpu, refused_counter, 0), 1);
      else if (this_cpu_read(cpu, refused_counter, 0) !== 0) fail(cpu, 'wrong', 'it is seen');
    },
    /the actor of CPU 0 reads cpu0\.refused_counter by this_cpu_read\(\), and another CPU stores it/,
  ],
};

for (const [what, [run, message]] of Object.entries(PER_CPU))
  test(`${what}: refused`, (t) => {
    t.throws(() => searched(raceOf((cpu) => run(cpu))), { instanceOf: ExploreRefusal, message });
  });

test('per-CPU words of its own that a CPU reads and stores by this_cpu_read and this_cpu_write', (t) => {
  const race = raceOf((cpu) => {
    this_cpu_write(cpu, refused_counter, 0, this_cpu_read(cpu, refused_counter, 0) + 1);
    if (this_cpu_read(cpu, refused_counter, 0) !== 1) fail(cpu, 'wrong', 'the store is lost');
  });
  t.is(searched(race).found.failures.size, 0);
});

test('a draw of which nobody says how many numbers matter', (t) => {
  const race = raceOf((cpu, at) => {
    try {
      WRITE_ONCE(cpu, at + STATE.x, nextChance(cpu) % 2);
    } catch {
      // The refusal gets out all the same.
    }
  });
  t.throws(() => searched(race), {
    instanceOf: ExploreRefusal,
    message:
      /^race refused: the actor of CPU 0, at .*refusal\.test\.[jt]s:\d+:\d+\)?, draws one of 65536 numbers, and explore tries each of at most 256: chanceBelow\(cpu, n\) says how many matter$/,
  });
});

test('who looks at the thread sees in which actor it is', async (t) => {
  const seen = new Set<string>();
  const words = new Int32Array(HOST_PLACE);
  const shown = (): string =>
    Buffer.from(HOST_PLACE, 4 * HOST_PLACE_WORD.name, words[HOST_PLACE_WORD.bytes]).toString('utf8');
  const race = raceOf((cpu, at) => {
    WRITE_ONCE(cpu, at + STATE.x, 1);
    seen.add(shown());
  });
  const explored = { race: race as unknown as ActorRace, variant: 'any', knobs: {}, cpus: 2, memory: 'sc' } as const;
  const limits = { states: 1000, bytes: 1e9, accesses: 100, interrupts: 1 };
  await exploreStates(explored, limits, { signal: new AbortController().signal, ...ON_HOST });
  t.deepEqual(
    [...seen].toSorted(),
    [0, 1].map((cpu) => `race refused: the actor of CPU ${cpu}, at code that makes no access by an instruction,`),
  );
  t.is(words[HOST_PLACE_WORD.bytes], 0);
});
