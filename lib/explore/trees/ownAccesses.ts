/**
 * Words of per-CPU variables that CPUs access by themselves: by this_cpu_read() and this_cpu_write(), which are no steps of a search. Noted by
 * steps.ts; asked for by confirm.ts.
 *
 * No state has what was stored so. It follows from what the thread has done that runs the CPU, as long as nobody looks from outside.
 */

/** By word, an actor that accesses it so. */
export class OwnAccesses {
  readonly read = new Map<number, number>();
  readonly stored = new Map<number, number>();

  note(address: number, actor: number, stores: boolean): void {
    (stores ? this.stored : this.read).set(address, actor);
  }
}
