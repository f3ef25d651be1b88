/**
 * Goal: the compiled instructions and the TypeScript around them agree on opcodes, lock words and places, and an interrupt
 * that throws leaves the instruction undone.
 * Method: the constants are read from the source of the instructions and held against those of lib/machine; places are
 * found out by running the instructions.
 */
import { readFileSync } from 'node:fs';
import test from 'ava';
import { WRITE_ONCE, READ_ONCE } from '../../lib/machine/access.js';
import { enter, kernelFunction, step } from '../../lib/machine/callStack.js';
import { CPU, FRAME, HELD, HELD_MAX } from '../../lib/machine/layout.js';
import { linkInstructions } from '../../lib/machine/instructions.js';
import { acquire, release } from '../../lib/machine/lock.js';
import { LOCK_PARKED, isFree, lockGeneration, lockOwner, lockWordSeen } from '../../lib/machine/lockWord.js';
import { OP } from '../../lib/machine/recorder.js';
import { LINE_WORDS, allocateMemory, compileModule } from '../../lib/sharedarraybuffer-utils/index.js';
import { boot } from './boot.js';

const source = ['instructions', 'locks']
  .map((name) => readFileSync(new URL(`../../../lib/machine/assembly/${name}.ts`, import.meta.url), 'utf8'))
  .join('\n');

/** Constants of the instructions by name. */
const constants = new Map(
  Array.from(source.matchAll(/^(?:export )?const (\w+): i32 = (\w+);$/gm), ([, name, value]) => [name, Number(value)]),
);

function constant(name: string): number {
  const value = constants.get(name);
  if (value === undefined) throw new Error(`lib/machine/assembly has no constant ${name}`);
  return value;
}

test('instructions that were compiled for another layout are not linked', (t) => {
  const empty = compileModule(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]));
  t.throws(
    () =>
      linkInstructions(empty, allocateMemory(1), {
        trap() {},
        refuse() {},
        ring() {},
        wakeAt() {},
        readAgain: () => 0,
        lookForLoop: () => {},
      }),
    {
      message: /compiled with IRR = undefined, the layout has 0: run npm run build/,
    },
  );
});

test('opcodes are those of the recorder', (t) => {
  for (const [name, op] of Object.entries(OP)) {
    if (op <= OP.RELEASE) t.is(constant(name), op, name);
  }
});

test('lock words are those of lockWord.ts', (t) => {
  const owners = constant('OWNER_MASK');
  t.true(isFree(~owners));
  t.is(lockOwner(owners), owners - 1);
  t.is(constant('PARKED'), LOCK_PARKED);
  t.is(lockWordSeen(-1), ~constant('PARKED'));
  const one = 1 << constant('GENERATION_SHIFT');
  t.is(lockGeneration(one), 1);
  t.is(lockGeneration(one - 1), 0);
  t.is(lockGeneration(-1), 2 ** 24 - 1);
});

test('a ring begins behind its head line', (t) => {
  t.is(constant('RING_HEAD'), LINE_WORDS * 4);
});

test('a lock that is taken is noted where the layout says', (t) => {
  const { cpus, mem, at } = boot();
  const cpu = cpus[1];
  step(cpu, 3);
  mem[cpu.irqOff] = 5;
  mem[at + 1] = 9 << 8;
  acquire(cpu, at);
  acquire(cpu, at + 1);
  t.is(mem[cpu.block + CPU.held], 2);
  const held = cpu.block + CPU.locks + HELD.WORDS;
  t.deepEqual(
    [HELD.lock, HELD.word, HELD.step, HELD.irqOff].map((f) => mem[held + f]),
    [at + 1, 9 << 8, 3, 5],
  );
  release(cpu, at + 1);
  t.is(mem[cpu.block + CPU.held], 1);
});

test('a frame lies where the layout says', (t) => {
  const { cpus, mem } = boot();
  const [cpu] = cpus;
  step(cpu, 2);
  enter(cpu, kernelFunction('outer'));
  enter(cpu, kernelFunction('inner'));
  const frame = cpu.block + CPU.frames + FRAME.WORDS;
  t.is(mem[cpu.block + CPU.depth], 2);
  t.deepEqual([mem[frame + FRAME.fn], mem[frame + FRAME.callerStep]], [kernelFunction('inner').id, 2]);
});

test('no more locks are taken than the layout has room for', (t) => {
  const { cpus, mem, at } = boot({ words: HELD_MAX + 1 });
  for (let i = 0; i < HELD_MAX; i++) acquire(cpus[0], at + i);
  t.is(cpus[0].isa.acquire(cpus[0].base, at + HELD_MAX, 0), 0);
  t.is(mem[at + HELD_MAX], 0);
});

test('what a trap throws passes through the instruction, which has done nothing', (t) => {
  const { cpus, mem, at, atBoundaries } = boot();
  const [cpu] = cpus;
  const thrown = { by: 'the trap' };
  let armed = true;
  atBoundaries(cpu, () => {
    if (armed) throw thrown;
  });
  for (const instruction of [() => WRITE_ONCE(cpu, at, 5), () => READ_ONCE(cpu, at), () => acquire(cpu, at)]) {
    try {
      instruction();
      t.fail('the trap was not called');
    } catch (caught) {
      t.is(caught, thrown);
    }
  }
  t.is(mem[at], 0);
  t.is(cpu.ring.written, 0);
  armed = false;
  WRITE_ONCE(cpu, at, 5);
  t.is(mem[at], 5);
});
