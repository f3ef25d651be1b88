/**
 * Goal: between two turns every CPU stands still. A turn in which two threads exchange their CPUs is not passed while one
 * of them is on its way, and the CPU that was taken is not granted the same turn again.
 * Method: two Cpu objects in one thread; the run is over before it begins, so that no CPU waits for a turn.
 */
import test from 'ava';
import type { Cpu, TurnTaking } from '../../lib/machine/cpu.js';
import { LOCKSTEP } from '../../lib/machine/layout.js';
import { Lockstep, TurnOrder } from '../../lib/machine/lockstep.js';
import type { MachineMap } from '../../lib/machine/map.js';
import { exchangeCpus } from '../../lib/machine/migration.js';
import { ScriptedTurns } from '../../lib/machine/script.js';
import { boot, type Machine } from './boot.js';

type Taker = (mem: Int32Array, map: MachineMap, id: number) => TurnTaking & { standAside(cpu: Cpu): void };

const BUDGET = { min: 1, max: 1, parkMsMax: 1 };
const turnOf = ({ mem, map }: Machine): number => mem[map.lockstep + LOCKSTEP.turn];

for (const [name, make] of [
  ['lockstep', (mem, map, id) => new Lockstep(mem, map, id, BUDGET)],
  ['script', (mem, map, id) => new ScriptedTurns(mem, map, id, BUDGET)],
] as [string, Taker][]) {
  for (const last of ['offerer', 'taker']) {
    test(`${name}: the turn of an exchange is passed when both have exchanged, the ${last} last`, (t) => {
      const machine = boot({ orderTurns: 4 });
      const { mem, map, cpus } = machine;
      const [offerer, taker] = cpus;
      mem[map.lockstep + LOCKSTEP.total] = 4;
      // Turn 0: CPU 0 offers itself. Turn 1: CPU 1 takes it.
      new TurnOrder(mem, map).grant(0, 1);
      for (const cpu of cpus) cpu.lockstep = make(mem, map, cpu.id);
      const offers = cpus.map((cpu) => cpu.lockstep!);
      const standAside = offers[0].standAside!.bind(offers[0]);
      offers[0].standAside = (cpu) => {
        mem[map.lockstep + LOCKSTEP.turn] = 1;
        t.true(exchangeCpus(taker, false));
        t.is(turnOf(machine), 1, 'the taker has exchanged, the offerer has not');
        standAside(cpu);
      };
      offers[0].boundary = stopped(offers[0].boundary.bind(offers[0]));
      t.throws(() => exchangeCpus(offerer, true), { message: 'stands' });
      t.deepEqual([offerer.id, taker.id], [1, 0]);
      t.is(turnOf(machine), 1, 'neither stands in front of its next access');
      mem[map.lockstep + LOCKSTEP.over] = 1;
      const order = last === 'taker' ? [0, 1] : [1, 0];
      offers[order[0]].finish(cpus[order[0]]);
      t.is(turnOf(machine), 1, 'one of them does');
      offers[order[1]].finish(cpus[order[1]]);
      t.is(turnOf(machine), 2);
    });
  }
}

/** The boundaries of the offer itself are passed; the one behind the exchange ends the test's part of the actor. */
function stopped(boundary: TurnTaking['boundary']): TurnTaking['boundary'] {
  return (cpu) => {
    if (cpu.id !== cpu.home) throw new Error('stands');
    boundary(cpu);
  };
}
