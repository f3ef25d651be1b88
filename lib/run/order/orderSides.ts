/**
 * Says whose delays the next slice of a run has, and sums up what was counted: those of an order, or the run's own. Used by alternation.ts.
 *
 * First each number of spins for an access has its slices; then the one with the most failures alternates with the run's own delays.
 */

import type { OrderFigures, OrderSide } from '../../report/run/document.js';
import { plus } from '../../statistics/counts.js';
import type { OrderOfFile } from './order.js';

/** Delays that are tried for one and the same order. */
type Tried = OrderOfFile['tried'][number];

const NO_SLICE: OrderSide = { trials: 0, failures: 0, seconds: 0 };
/** Slices of each number of spins before one is chosen. */
const PASSES = 2;

/** The two sides of a run. */
export class OrderSides {
  readonly #from: OrderOfFile;
  /** What each of the delays has counted while they are compared. */
  readonly #sums: OrderSide[];
  #slices = 0;
  #chosen: Tried | null = null;
  #sides = { with: NO_SLICE, without: NO_SLICE };
  /** Slices of the pair that is not complete. */
  #open: { with: OrderSide | null; without: OrderSide | null } = { with: null, without: null };
  #pairs = 0;
  #pairsMore = 0;

  constructor(from: OrderOfFile) {
    this.#from = from;
    this.#sums = from.tried.map(() => NO_SLICE);
  }

  /** The delays of the next slice; null for the run's own. */
  get current(): Tried | null {
    const { tried } = this.#from;
    if (this.#chosen === null) return tried[this.#slices % tried.length];
    // With, without, without, with: what changes with time changes both alike.
    return (this.#slices + 1) % 4 < 2 ? this.#chosen : null;
  }

  /** Adds what a slice has counted. */
  add(slice: OrderSide): void {
    const { tried } = this.#from;
    if (this.#chosen !== null) {
      this.#addToPair(slice);
      this.#slices++;
      return;
    }
    const i = this.#slices++ % tried.length;
    this.#sums[i] = plus(this.#sums[i], slice);
    if (this.#slices < PASSES * tried.length) return;
    this.#chosen = this.#best();
    this.#slices = 0;
  }

  figures(): OrderFigures {
    const { file, sha256, order, tried } = this.#from;
    const { signature, accesses, switches, waits } = order;
    const { spinsPerAccess, delays } = this.#best();
    const { with: having, without } = this.#sides;
    return {
      file,
      sha256,
      signature,
      accesses,
      switches,
      waits,
      tried: tried.map((each) => each.spinsPerAccess),
      spinsPerAccess,
      ...delays,
      ...this.#sides,
      ratio: without.failures === 0 ? null : rateOf(having) / rateOf(without),
      pairs: this.#pairs,
      pairsMore: this.#pairsMore,
    };
  }

  #addToPair(slice: OrderSide): void {
    this.#open[this.current === null ? 'without' : 'with'] = slice;
    const { with: having, without } = this.#open;
    if (having === null || without === null) return;
    // Only whole pairs count, so that both sides had the same time of the host.
    this.#sides = { with: plus(this.#sides.with, having), without: plus(this.#sides.without, without) };
    this.#open = { with: null, without: null };
    this.#pairs++;
    if (rateOf(having) > rateOf(without)) this.#pairsMore++;
  }

  /** Returns the delays with the most failures so far; without any those in the middle. */
  #best(): Tried {
    const { tried } = this.#from;
    const rates = this.#sums.map(rateOf);
    const most = Math.max(...rates);
    return tried[most === 0 ? tried.length >> 1 : rates.indexOf(most)];
  }
}

function rateOf({ failures, seconds }: OrderSide): number {
  return seconds === 0 ? 0 : failures / seconds;
}
