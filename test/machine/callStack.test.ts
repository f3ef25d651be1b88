/**
 * Goal: the shadow call stack shows each function with the step it stands at, innermost first, also when it is deeper than
 * its memory; a function has the same number in every thread.
 * Method: frames are pushed and popped and read back as the host reads them.
 */
import test from 'ava';
import { enter, functionName, kernelFunction, leave, step } from '../../lib/machine/callStack.js';
import { CPU, STACK_MAX } from '../../lib/machine/layout.js';
import { boot, look } from './boot.js';

test('the same name is the same function, and its number says its name', (t) => {
  const fn = kernelFunction('zap_pte_range');
  t.is(kernelFunction('zap_pte_range'), fn);
  t.is(functionName(fn.id), 'zap_pte_range');
  t.true(fn.id >= 0 && fn.id < 2 ** 24);
  t.is(functionName(0x123456), 'function_123456');
});

test('the number follows from the name alone', (t) => {
  t.is(kernelFunction('page_referenced_one').id, fnv24('page_referenced_one'));
});

test('two names with one number are refused', (t) => {
  const seen = new Map<number, string>();
  for (let i = 0; ; i++) {
    const name = `function_number_${i}`;
    const other = seen.get(fnv24(name));
    seen.set(fnv24(name), name);
    if (other === undefined) continue;
    kernelFunction(other);
    t.throws(() => kernelFunction(name), { message: new RegExp(`${other} and ${name} share an id`) });
    return;
  }
});

/** FNV-1a of a name, its low 24 bits. */
function fnv24(name: string): number {
  let hash = 0x811c9dc5;
  for (const char of name) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
  return hash & 0xffffff;
}

test('frames stand at the step they called from, and leave returns there', (t) => {
  const [cpu] = boot().cpus;
  const frames = () => look(cpu).frames.map((f) => `${f.fn} ${f.step}`);
  t.deepEqual(frames(), []);
  enter(cpu, kernelFunction('outer'));
  step(cpu, 1);
  enter(cpu, kernelFunction('inner'));
  step(cpu, 3);
  t.deepEqual(frames(), ['inner A3', 'outer A1']);
  t.is(look(cpu).step, 'A3');
  leave(cpu);
  t.deepEqual(frames(), ['outer A1']);
  t.is(look(cpu).step, 'A1');
  leave(cpu);
  t.is(look(cpu).step, '-');
});

test('deeper than the stack: the outermost frames stay, and every leave finds its own', (t) => {
  const { cpus, mem } = boot();
  const [cpu] = cpus;
  const fn = kernelFunction('recursive');
  for (let i = 0; i < STACK_MAX + 5; i++) {
    step(cpu, (i % 3) + 1);
    enter(cpu, fn);
  }
  t.is(look(cpu).frames.length, STACK_MAX);
  t.is(mem[cpu.block + CPU.depth], STACK_MAX + 5);
  for (let i = STACK_MAX + 4; i >= 0; i--) {
    leave(cpu);
    if (i < STACK_MAX) t.is(mem[cpu.step], (i % 3) + 1);
  }
  t.is(mem[cpu.block + CPU.depth], 0);
});
