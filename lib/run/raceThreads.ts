/** The threads of the race whose rows run. Called by verifyRows.ts and verifyMutants.ts. */

import { KeptThreads } from '../harness/host/keptThreads.js';
import type { Race } from '../race/race.js';
import type { ReadyRow } from './rows.js';

/** The threads of the race that runs. Code of another race would leave them slower for it, so each race has its own. */
export class RaceThreads {
  #race: Race | null = null;
  #threads = new KeptThreads();

  /** Returns those of a row's race; those of another race end. */
  async of({ race }: ReadyRow): Promise<KeptThreads> {
    if (this.#race === race) return this.#threads;
    await this.#threads.end();
    this.#race = race;
    return (this.#threads = new KeptThreads());
  }

  /** Ends them. */
  async end(isUrgent: boolean): Promise<void> {
    await this.#threads.end(isUrgent);
  }
}
