/** Says in words which order a run was to make likely, and how often its failure came. Called by the `run` command, by text.ts and by `tune`. */

import { counted, formatCount, formatRate, formatSeconds } from '../format/numbers.js';
import type { OrderFigures, OrderSide } from './document.js';

/** What is known of an order before anything has run. */
export type OrderKnown = Pick<OrderFigures, 'signature' | 'accesses' | 'switches' | 'waits'>;

/** Returns what each CPU waits for, a line each. */
export function orderLines({ signature, accesses, switches, waits }: OrderKnown): string[] {
  const size = `${counted(accesses, 'access', 'accesses')}, ${counted(switches, 'context switch', 'context switches')}`;
  return [`order of ${signature}: ${size}`, ...waits.map((wait) => `  ${waitWords(wait)}`)];
}

/** Returns "CPU 0, dup_mmap, waits for 13 accesses of others in W_RO_NOT_PINNED: behind F9 mm.domain_lock". */
function waitWords({ cpu, actor, at, window, accesses, after, before }: OrderKnown['waits'][number]): string {
  const who = `CPU ${cpu}, ${actor}, waits for ${counted(accesses, 'access', 'accesses')} of others`;
  const pair = after === null ? '' : before === null ? `, behind ${after}` : `, between ${after} and ${before}`;
  switch (at) {
    case 'start':
      return `${who} before it begins${pair}`;
    case 'window':
      return `${who} in ${window ?? ''}${pair}`;
    case 'itself':
      return `${who} by itself${pair}: for a lock, a word or an interrupt`;
    case 'nowhere':
      return `${who}${pair}: no window is open there, so nothing is set for it`;
  }
}

/** Returns how often the order's failure came with its delays, and without. */
export function orderResult(from: OrderFigures): string[] {
  const { signature, phases, windows, spinsPerAccess, tried, with: having, without, pairs, pairsMore } = from;
  const set = [
    ...Object.entries(phases).map(([name, { min, max }]) => `--phase ${name}=${min}..${max}`),
    ...Object.entries(windows).map(([name, { min, max }]) => `--window ${name}=${min}..${max}`),
  ].join(' ');
  if (pairs === 0)
    return [`order of ${signature}: the run was too short for ${tried.length} delays and one comparison; --duration`];
  return [
    `order of ${signature}: ${set} (${spinsPerAccess} spins an access, of ${tried.join(', ')})`,
    `  with these delays ${sideWords(having)}; without ${sideWords(without)}: ${ratioOf(from)}, more often in ${pairsMore} of ${counted(pairs, 'pair')} of slices`,
  ];
}

function sideWords({ failures, seconds }: OrderSide): string {
  return `${formatCount(failures)} in ${formatSeconds(seconds)} of CPU time, ${formatRate(failures / seconds)}`;
}

function ratioOf({ ratio, with: having }: OrderFigures): string {
  if (ratio === null) return having.failures === 0 ? 'in neither' : 'only with them';
  return `${Number(ratio.toPrecision(3))} times as often`;
}
