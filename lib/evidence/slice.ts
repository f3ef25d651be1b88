/**
 * Which accesses of a failed trial lead to its failure: a weighted slice backward from the failing access. `timeline.ts`
 * folds all others away.
 *
 * The slice begins with the failure, and with the waits that a hang consists of. From there it goes back, and each step
 * is worth a part of the one before:
 *
 *   to what the failing task read before, in its interrupt handlers too, the nearest first;
 *   from a read to the change that left the value, and to the change of another task or handler that came in between, or that was
 *   in the store buffer of another CPU;
 *   from a change to the one that it overwrote, to what its task read before it in the same function or step, and to the
 *   nearest value that came from elsewhere before that.
 *
 * A value that passes from one task to another counts most, and so does one that another has overwritten before its use.
 * What is worth least is a word that nobody changes.
 */

import { DEADLOCK, LOST_WAKE_UP, ORPHANED_LOCK, isTimed } from '../machine/signatures.js';
import { cycleMembers, type Evidence } from './evidence.js';
import { finds, isBeside, isRacing, type OrderedAccess } from './orderedAccesses.js';

/** Most accesses that are kept, and what each must be worth, where the failure is worth 1. */
const KEPT_MAX = 18;
const WORTH_MIN = 0.25;

/** What the nearest reads before the failure are worth, whatever they read. */
const NEAREST: readonly number[] = [0.99, 0.85, 0.7];
/** From one access to the next one back, of those that pass values between tasks, and of all. */
const PASSING_DECAY = 0.9;
const DECAY = 0.93;
/** For a value that the same task reads again later, unchanged. */
const REPEATED = 0.2;
/** For what the failing task did elsewhere than in the function and step of the failure. */
const ELSEWHERE = 0.6;
const PASSING_ELSEWHERE = 0.95;
/** From a read to the change that made its value; from a change to the one before; from a change to the reads before it. */
const TO_SOURCE = 0.98;
const TO_OVERWRITTEN = 0.7;
const TO_REASONS = 0.8;
const TO_CALL = 0.7;
/** For the newest access of a task to the word that it changes: what it knew of it. */
const OF_WORD = 0.75;
/** What a waiting CPU withholds from the others: a lock, or an answer. */
const HELD = 0.9;
/** How many reads before a change are considered. */
const REASONS_MAX = 12;

/** What an access is worth by itself, as part of what its task did. */
const WORTH = { passing: 1, noticed: 0.6, own: 0.5, constant: 0.2, aside: 0.2 } as const;

/** A step back: to which access, and what it is worth then. */
interface Back {
  readonly to: number;
  readonly worth: number;
}

/** Returns the positions of the accesses that lead to the failure, unordered; none if the records have no failure. */
export function sliceOf(
  evidence: Pick<Evidence, 'signature' | 'detail' | 'cpu'>,
  order: readonly OrderedAccess[],
): ReadonlySet<number> {
  const failure = order.find(({ role }) => role === 'fails');
  return failure === undefined ? new Set() : new Slice(evidence, order, failure).take();
}

class Slice {
  readonly #evidence: Pick<Evidence, 'signature' | 'detail' | 'cpu'>;
  readonly #order: readonly OrderedAccess[];
  readonly #failure: OrderedAccess;
  /** Per access the position of the next change of its word; per change the accesses that read the value it left. */
  readonly #next = new Map<number, number>();
  readonly #takers = new Map<number, number[]>();
  readonly #worth = new Map<number, number>();

  constructor(
    evidence: Pick<Evidence, 'signature' | 'detail' | 'cpu'>,
    order: readonly OrderedAccess[],
    failure: OrderedAccess,
  ) {
    this.#evidence = evidence;
    this.#order = order;
    this.#failure = failure;
    const next = new Map<number, number>();
    for (const access of order.toReversed()) {
      const { address, position, before, after, source } = access;
      const change = next.get(address);
      if (change !== undefined) this.#next.set(position, change);
      if (before !== after) next.set(address, position);
      if (source >= 0 && finds(access)) this.#addTaker(source, position);
    }
  }

  #addTaker(source: number, taker: number): void {
    const takers = this.#takers.get(source);
    if (takers === undefined) this.#takers.set(source, [taker]);
    else takers.push(taker);
  }

  /** Repeatedly takes the access that is worth most, and goes back from it. */
  take(): Set<number> {
    const taken = new Set<number>();
    const roots = this.#roots();
    for (const { to, worth } of roots) this.#offer(to, worth);
    while (taken.size < Math.max(KEPT_MAX, roots.length)) {
      const best = this.#best(taken);
      if (best === undefined) break;
      taken.add(best);
      const worth = this.#worth.get(best) ?? 0;
      for (const back of this.#back(this.#order[best])) this.#offer(back.to, worth * back.worth);
    }
    return taken;
  }

  #offer(to: number, worth: number): void {
    if (to < 0 || this.#order[to].role === 'plumbing') return;
    if (worth > (this.#worth.get(to) ?? 0)) this.#worth.set(to, worth);
  }

  #best(taken: ReadonlySet<number>): number | undefined {
    let best: number | undefined;
    let most = WORTH_MIN;
    for (const [position, worth] of this.#worth) {
      if (taken.has(position) || worth < most) continue;
      if (worth === most && best !== undefined && best > position) continue;
      best = position;
      most = worth;
    }
    return best;
  }

  /** Returns the CPUs whose waits are the failure: the members of a deadlock, or who waits for what nobody provides. */
  #waiting(): readonly number[] {
    const { signature, cpu, detail } = this.#evidence;
    if (signature === DEADLOCK) return cycleMembers(this.#evidence);
    if (signature === LOST_WAKE_UP) return [...new Set([detail[1], cpu])];
    return signature === ORPHANED_LOCK ? [cpu] : [];
  }

  #roots(): Back[] {
    const { signature, cpu } = this.#evidence;
    const waiting = isTimed(signature) ? [cpu] : this.#waiting();
    return [{ to: this.#failure.position, worth: 1 }, ...waiting.flatMap((waits) => this.#waitOf(waits))];
  }

  /** Returns the last wait of a CPU, the locks that it holds there, and its calls that other waiting CPUs should answer. */
  #waitOf(cpu: number): Back[] {
    const own = this.#order.filter((access) => access.cpu === cpu && access.position < this.#failure.position);
    const wait = own.findLast(({ waits }) => waits);
    if (wait === undefined) return [];
    const held = new Map<number, number>();
    let calls: OrderedAccess[] = [];
    for (const access of own) {
      const { role, address, before, after, position } = access;
      if (role === 'lock' && before !== after) held.set(address, position);
      if (role === 'unlock') held.delete(address);
      if (role === 'await' && before === 0) calls = [];
      if (role === 'post') calls.push(access);
    }
    const unanswered = calls.filter(({ receiver }) => wait.role === 'await' && this.#waiting().includes(receiver));
    return [
      { to: wait.position, worth: 1 },
      ...[...held.values(), ...unanswered.map(({ position }) => position)].map((to) => ({ to, worth: HELD })),
    ];
  }

  #back(access: OrderedAccess): Back[] {
    const back: Back[] = access.call < 0 ? [] : [{ to: access.call, worth: TO_CALL }];
    if (access.role === 'fails') return [...back, ...(this.#waiting().length > 0 ? [] : this.#before(access))];
    back.push({ to: access.stored, worth: TO_SOURCE });
    if (finds(access)) back.push({ to: access.hidden, worth: TO_SOURCE });
    if (finds(access)) back.push({ to: access.source, worth: TO_SOURCE });
    const overwriter = this.#overwriter(access, this.#failure.position);
    if (overwriter !== undefined && isRacing(access)) back.push({ to: overwriter, worth: TO_SOURCE });
    if (access.before === access.after || access.role === 'lock' || access.role === 'unlock') return back;
    if (!finds(access)) back.push({ to: access.source, worth: TO_OVERWRITTEN });
    return [...back, ...this.#reasons(access)];
  }

  /** Returns what the failing task did before the failure. */
  #before(failure: OrderedAccess): Back[] {
    const own = this.#order.filter(({ task, position }) => task === failure.task && position < failure.position);
    const seen = new Set<string>();
    const found: Back[] = [];
    let all = 0;
    let passing = 0;
    for (const access of own.toReversed()) {
      if (access.role === 'plumbing') continue;
      const { passes, worth } = this.#worthOf(access, failure.position);
      const here = isBeside(access, failure);
      const place = passes ? (here ? 1 : PASSING_ELSEWHERE) : here ? 1 : ELSEWHERE;
      const distance = passes ? PASSING_DECAY ** passing : DECAY ** all;
      const repeated = isRepeated(access, seen);
      const byItself = worth * place * distance * (repeated ? REPEATED : 1);
      const near =
        isRacing(access) && !access.waits && !repeated
          ? nearness(all++, here && access.context === failure.context)
          : 0;
      if (passes && !repeated) passing++;
      found.push({ to: access.position, worth: Math.max(byItself, near) });
    }
    return found;
  }

  /**
   * Returns what the task that made a change read before it: in the same function or step, and earlier its newest access to
   * the word, and the nearest value of another task.
   */
  #reasons(change: OrderedAccess): Back[] {
    const seen = new Set<string>();
    const found: Back[] = [];
    let knewWord = false;
    let passedElsewhere = false;
    for (let i = change.position - 1; i >= 0 && found.length < REASONS_MAX; i--) {
      const access = this.#order[i];
      if (access.context !== change.context || access.role === 'plumbing') continue;
      const { worth, passes } = this.#worthOf(access, change.position);
      const here = isBeside(access, change);
      const ofWord: number = access.address === change.address && !knewWord ? OF_WORD : 0;
      knewWord ||= ofWord > 0;
      const byItself = worth * (here ? DECAY ** found.length : passes && !passedElsewhere ? ELSEWHERE : 0);
      passedElsewhere ||= passes && !here;
      const most = Math.max(byItself * (isRepeated(access, seen) ? REPEATED : 1), ofWord);
      if (most > 0) found.push({ to: i, worth: TO_REASONS * most });
      if (knewWord && passedElsewhere) break;
    }
    return found;
  }

  /** Returns what an access is worth to a use of the value it read, and whether it passes a value between tasks. */
  #worthOf(access: OrderedAccess, use: number): { readonly worth: number; readonly passes: boolean } {
    const { role, source, position, waits } = access;
    const ofOthers = source >= 0 && this.#order[source].context !== access.context;
    if (role === 'await' && ofOthers && this.#order[source].role === 'ack')
      return { worth: WORTH.passing, passes: true };
    if (role === 'migration') return { worth: WORTH.passing, passes: true };
    if (waits || !isRacing(access)) return { worth: WORTH.aside, passes: false };
    if (ofOthers || access.hidden >= 0 || this.#overwriter(access, use) !== undefined)
      return { worth: WORTH.passing, passes: true };
    const takers = this.#takers.get(position) ?? [];
    if (takers.some((taker) => taker < use && this.#order[taker].context !== access.context))
      return { worth: WORTH.noticed, passes: false };
    return { worth: source >= 0 ? WORTH.own : WORTH.constant, passes: false };
  }

  /** Returns the next change of the word, if another task or handler makes it before the use. */
  #overwriter(access: OrderedAccess, use: number): number | undefined {
    const next = this.#next.get(access.position);
    return next === undefined || next >= use || this.#order[next].context === access.context ? undefined : next;
  }
}

/** Returns what an access is worth for being near the failure; the nearest one counts wherever it is. */
function nearness(distance: number, here: boolean): number {
  return here || distance === 0 ? (NEAREST[distance] ?? 0) : 0;
}

/** Whether the task has already read the same value there. What it changes itself is seen once at most. */
function isRepeated({ context, address, source }: OrderedAccess, seen: Set<string>): boolean {
  const key = `${context} ${address} ${source}`;
  if (seen.has(key)) return true;
  seen.add(key);
  return false;
}
