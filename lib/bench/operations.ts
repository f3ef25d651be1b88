/** Part `op` of the bench. Called by bench.ts. */

import { setImmediate as eventLoop } from 'node:timers/promises';
import { allocateMemory } from '../sharedarraybuffer-utils/index.js';
import { READ_ONCE, WRITE_ONCE, atomic_fetch_or, cmpxchg } from '../machine/access.js';
import { instanceAt, type Cpu } from '../machine/cpu.js';
import { CPU } from '../machine/layout.js';
import { bootLone } from './loneCpu.js';
import { JavascriptInstructions } from './javascriptInstructions.js';
import { FigureSamples, figure, type BenchOptions, type Figure } from './figure.js';

const ITERATIONS = 400_000;
const OPS_PER_ITERATION = 5;
const LINE = 16;

/**
 * Measures a memory instruction of the machine, recorded and not recorded, the same in JavaScript, and a bare Atomics operation: the
 * same five operations on five lines.
 */
export async function measureOperations(options: BenchOptions): Promise<Figure[]> {
  options.onPart('memory instructions');
  const recorded = bootLone(true);
  const unrecorded = bootLone(false);
  const javascript = javascriptOf(recorded);
  const bare = new Int32Array(allocateMemory(16_384).buffer);
  const samples = new FigureSamples();
  const at = instanceAt(recorded.map, 0);
  for (let round = -2; round < options.rounds; round++) {
    // An interrupt is handled between the rounds.
    await eventLoop();
    const bareNs = time(() => bareLoop(bare, at));
    const recordedNs = time(() => machineLoop(recorded, at));
    const unrecordedNs = time(() => machineLoop(unrecorded, at));
    const javascriptNs = time(() => javascriptLoop(javascript, at));
    // The first two rounds let the compiler settle.
    if (round < 0) continue;
    samples.add('bare', bareNs);
    samples.add('recorded', recordedNs);
    samples.add('unrecorded', unrecordedNs);
    samples.add('javascript', javascriptNs);
  }
  return [
    figure('op.bare_atomics_ns', 'ns', samples.of('bare')),
    figure('op.recorded_ns', 'ns', samples.of('recorded')),
    figure('op.unrecorded_ns', 'ns', samples.of('unrecorded')),
    figure('op.javascript_ns', 'ns', samples.of('javascript')),
    figure('op.recorded_over_bare', 'ratio', samples.ratio('recorded', 'bare'), '<= 1.6'),
    figure('op.javascript_over_bare', 'ratio', samples.ratio('javascript', 'bare')),
    figure('op.recorded_over_javascript', 'ratio', samples.ratio('recorded', 'javascript')),
  ];
}

function javascriptOf(cpu: Cpu): JavascriptInstructions {
  const { irr, step, block, map, instance } = cpu;
  const words = {
    irr,
    step,
    ring: map.rings,
    ringMask: block + CPU.ringMask,
    instance,
    instanceWords: map.shape.instanceWords,
  };
  return new JavascriptInstructions(cpu.mem, words, () => cpu.trap(cpu));
}

function time(loop: () => void): number {
  const before = process.hrtime.bigint();
  loop();
  return Number(process.hrtime.bigint() - before) / (ITERATIONS * OPS_PER_ITERATION);
}

function bareLoop(mem: Int32Array, at: number): void {
  for (let i = 0; i < ITERATIONS; i++) {
    const seen = Atomics.load(mem, at);
    Atomics.exchange(mem, at + LINE, i);
    Atomics.or(mem, at + 2 * LINE, seen);
    Atomics.compareExchange(mem, at + 3 * LINE, seen, i);
    Atomics.exchange(mem, at + 4 * LINE, i);
  }
}

function machineLoop(cpu: Cpu, at: number): void {
  for (let i = 0; i < ITERATIONS; i++) {
    const seen = READ_ONCE(cpu, at);
    WRITE_ONCE(cpu, at + LINE, i);
    atomic_fetch_or(cpu, at + 2 * LINE, seen);
    cmpxchg(cpu, at + 3 * LINE, seen, i);
    WRITE_ONCE(cpu, at + 4 * LINE, i);
  }
}

function javascriptLoop(isa: JavascriptInstructions, at: number): void {
  for (let i = 0; i < ITERATIONS; i++) {
    const seen = isa.read(at);
    isa.write(at + LINE, i);
    isa.fetchOr(at + 2 * LINE, seen);
    isa.compareExchange(at + 3 * LINE, seen, i);
    isa.write(at + 4 * LINE, i);
  }
}
