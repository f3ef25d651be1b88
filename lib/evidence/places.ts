/**
 * Says what a word of a machine is, from the layout in the evidence. Called by the files of this folder that check or
 * describe records.
 */

import { CSD, CPU, HEADER, LINES_MAX, OWN_WORDS } from '../machine/layout.js';

import { LINE_WORDS, Mailboxes } from '../sharedarraybuffer-utils/index.js';
import type { Evidence } from './evidence.js';

/** Words of a posted call that records show: its handler, its argument, whether it is answered when it has run. */
const CSD_RECORDED = 3;

/** What a word of a machine is, as far as records name it. `cpu`: the CPU that it belongs to. */
export type PlaceOfWord =
  /** `own`: of a race's own memory (lib/race/ownMemory.ts). */
  | { readonly kind: 'outcome' | 'offer' | 'instance' | 'own' }
  | { readonly kind: 'tasklet'; readonly line: number }
  /** `ready`: the offer of the task that began at `cpu` (runQueue.ts). */
  | { readonly kind: 'percpu' | 'buffer' | 'lines' | 'ready'; readonly cpu: number }
  /** `word`: 0 has CPUs 0 to 31, 1 the others. */
  | { readonly kind: 'pending' | 'unacked'; readonly cpu: number; readonly word: number }
  | { readonly kind: 'call'; readonly cpu: number; readonly field: 'handler' | 'info' | 'wait' };

/** Returns what the word of a record is in the machine of the evidence; undefined for a word that no record can name. */
export function placeOfWord(
  { layout, cpus }: Pick<Evidence, 'layout' | 'cpus'>,
  address: number,
): PlaceOfWord | undefined {
  if (address >= OWN_WORDS) return { kind: 'own' };
  if (address === layout.verdict) return { kind: 'outcome' };
  if (address === layout.migration) return { kind: 'offer' };
  if (address >= layout.instances && address < layout.mailboxes) return { kind: 'instance' };
  const boxes = Mailboxes.words(cpus.length);
  const inBoxes = within(address, layout.mailboxes, boxes / cpus.length, cpus.length);
  if (inBoxes !== undefined) return mailboxWord(inBoxes.cpu, inBoxes.offset);
  const block = within(address, layout.cpus, layout.cpuStride, cpus.length);
  if (block?.offset === CPU.buffered) return { kind: 'buffer', cpu: block.cpu };
  if (block?.offset === CPU.offer) return { kind: 'ready', cpu: block.cpu };
  if (block?.offset === CPU.lines) return { kind: 'lines', cpu: block.cpu };
  const tasklet = block?.cpu === 0 ? block.offset - CPU.tasklets : -1;
  if (tasklet >= 0 && tasklet < LINES_MAX) return { kind: 'tasklet', line: tasklet };
  if (block !== undefined) return callWord(block.cpu, block.offset - CPU.csd);
  const area = within(address, layout.percpu, layout.percpuStride, cpus.length);
  return area === undefined ? undefined : { kind: 'percpu', cpu: area.cpu };
}

/** Returns the word by which records name the store buffer of a CPU. */
export function bufferAt({ layout }: Pick<Evidence, 'layout'>, cpu: number): number {
  return layout.cpus + cpu * layout.cpuStride + CPU.buffered;
}

/** Returns the task that a word offers a place of, by where it began; -1 for any other word. */
export function readyTaskAt(evidence: Pick<Evidence, 'layout' | 'cpus'>, address: number): number {
  const place = placeOfWord(evidence, address);
  return place?.kind === 'ready' ? place.cpu : -1;
}

/** Whether the word has the offer of a CPU, or of a place in front of one. */
export function isOffer(evidence: Pick<Evidence, 'layout' | 'cpus'>, address: number): boolean {
  return address === evidence.layout.migration || readyTaskAt(evidence, address) >= 0;
}

/** Returns which of `count` areas of `stride` words from `base` on the word lies in, and its offset there. */
function within(
  address: number,
  base: number,
  stride: number,
  count: number,
): { readonly cpu: number; readonly offset: number } | undefined {
  if (address < base || address >= base + stride * count) return undefined;
  return { cpu: Math.floor((address - base) / stride), offset: (address - base) % stride };
}

function mailboxWord(cpu: number, offset: number): PlaceOfWord | undefined {
  const word = offset % LINE_WORDS;
  return word > 1 ? undefined : { kind: offset < LINE_WORDS ? 'pending' : 'unacked', cpu, word };
}

function callWord(cpu: number, offset: number): PlaceOfWord | undefined {
  if (offset < 0 || offset >= CSD_RECORDED) return undefined;
  const field = offset === CSD.handler ? 'handler' : offset === CSD.info ? 'info' : 'wait';
  return { kind: 'call', cpu, field };
}

/** Whether the instance of the evidence is the start of an instance of the round. */
export function isInstance({ layout, instance, round }: Evidence): boolean {
  const at = instance - HEADER.WORDS - layout.instances;
  return (
    at >= 0 && at % layout.instanceStride === 0 && at / layout.instanceStride < round && instance < layout.mailboxes
  );
}
