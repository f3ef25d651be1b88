/**
 * The worker of the tests in this folder: one thread that does one job on the shared buffer and posts a report.
 * Threads meet at Atomics only, never at sleeps. A check that fails throws, which fails the test.
 */
import { parentPort, workerData } from 'node:worker_threads';
import {
  Counters,
  ENTRY_WORDS,
  Gate,
  LINE_WORDS,
  Mailboxes,
  PARTY_STRIDE,
  Ring,
  Waiter,
  wake,
  ringWords,
  type SpinBudget,
} from '../../lib/sharedarraybuffer-utils/index.js';

/** Where the threads of a test meet. */
export interface Meeting {
  readonly mem: Int32Array<SharedArrayBuffer>;
  readonly parties: number;
  readonly gate: number;
  readonly partyBase: number;
  readonly budget: SpinBudget;
}

export type Job = Meeting & { readonly me: number } & (
    | { readonly kind: 'fill'; readonly block: number; readonly words: number; readonly rounds: number }
    | { readonly kind: 'token'; readonly token: number; readonly rounds: number; readonly bells: boolean }
    | { readonly kind: 'early-bell'; readonly rounds: number }
    | { readonly kind: 'sleeper'; readonly go: number; readonly woken: number; readonly rounds: number }
    | { readonly kind: 'gate'; readonly slots: number; readonly rounds: number; readonly polls: boolean }
    | { readonly kind: 'ring'; readonly rings: number; readonly capacity: number; readonly rounds: number }
    | {
        readonly kind: 'mail';
        readonly boxes: number;
        readonly letters: number;
        readonly replies: number;
        readonly finished: number;
        readonly ids: readonly number[];
        readonly rounds: number;
      }
    | ({ readonly kind: 'count'; readonly counter: number; readonly addsMax: number } & Counting)
    | ({ readonly kind: 'watch-counts'; readonly changesWanted: number } & Counting)
  );

/** Counters with one writer each; `progress` has the number of writers that have ended, then of readers that have seen enough. */
interface Counting {
  readonly counters: number;
  readonly count: number;
  readonly delta: number;
  readonly progress: number;
}

export type Report = Readonly<Record<string, number>>;

type JobOf<K extends Job['kind']> = Extract<Job, { kind: K }>;

function check(ok: boolean, what: () => string): asserts ok {
  if (!ok) throw new Error(what());
}

function ringParty(job: Meeting, party: number): void {
  wake(job.mem, job.partyBase + party * PARTY_STRIDE);
}

function waiterOf(job: Job): Waiter {
  return new Waiter(job.mem, job.partyBase + job.me * PARTY_STRIDE, job.budget);
}

function gateOf(job: Meeting): Gate {
  return new Gate(job.mem, job.gate, job.parties, job.partyBase);
}

/** Fills its own block over and over while the others fill theirs, and finds in it nothing but its own. */
function fill(job: JobOf<'fill'>): Report {
  const { mem, block, words, me } = job;
  gateOf(job).wait(waiterOf(job));
  for (let round = 1; round <= job.rounds; round++) {
    const mark = round * job.parties + me;
    mem.fill(mark, block, block + words);
    for (let i = block; i < block + words; i++) check(mem[i] === mark, () => `word ${i} holds ${mem[i]}, not ${mark}`);
  }
  return { words };
}

/** Hands a token round: waits until it is this party's turn, passes it on, and rings the next one (unless `bells` is false). */
function token(job: JobOf<'token'>): Report {
  const { mem, parties, me } = job;
  const waiter = waiterOf(job);
  for (let round = 0; round < job.rounds; round++) {
    const turn = round * parties + me;
    waiter.begin();
    while (Atomics.load(mem, job.token) !== turn) waiter.pause();
    waiter.end();
    Atomics.store(mem, job.token, turn + 1);
    if (job.bells) ringParty(job, (me + 1) % parties);
  }
  return { parks: waiter.parks };
}

/** Rings its own bell between arming it and sleeping. A sleep that missed it would last parkMsMax. */
function earlyBell(job: JobOf<'early-bell'>): Report {
  const waiter = waiterOf(job);
  for (let round = 0; round < job.rounds; round++) {
    waiter.begin();
    const before = waiter.parks;
    while (waiter.parks === before) {
      ringParty(job, job.me);
      waiter.pause();
    }
    waiter.end();
  }
  return { parks: waiter.parks };
}

/** Sleeps until the test thread has stored the round in `go`, and answers in `woken`. */
function sleeper(job: JobOf<'sleeper'>): Report {
  const { mem } = job;
  const waiter = waiterOf(job);
  for (let round = 1; round <= job.rounds; round++) {
    waiter.begin();
    while (Atomics.load(mem, job.go) !== round) waiter.pause();
    waiter.end();
    Atomics.store(mem, job.woken, round);
    Atomics.notify(mem, job.woken);
  }
  return { parks: waiter.parks };
}

/**
 * Writes its slot with a plain store, passes the gate, and reads the slots of all others with plain loads. Two sets of
 * slots in turn: a party can be one round ahead of the others but not two, so nobody overwrites what is still being read.
 */
function gate(job: JobOf<'gate'>): Report {
  const { mem, parties, me, slots } = job;
  const waiter = waiterOf(job);
  const meetingGate = gateOf(job);
  let polls = 0;
  for (let round = 1; round <= job.rounds; round++) {
    const set = slots + (round & 1) * parties;
    mem[set + me] = round;
    if (job.polls) {
      const ticket = meetingGate.arrive();
      waiter.begin();
      for (; !meetingGate.isOpen(ticket); polls++) waiter.pause();
      waiter.end();
    } else {
      meetingGate.wait(waiter);
    }
    for (let p = 0; p < parties; p++)
      check(mem[set + p] === round, () => `round ${round}: party ${p} is at ${mem[set + p]}`);
  }
  return { parks: waiter.parks, polls };
}

/** Appends to its own ring, meets the others, and reads every ring: the newest entries, whole and in order. */
function rings(job: JobOf<'ring'>): Report {
  const { mem, parties, me, capacity } = job;
  const waiter = waiterOf(job);
  const meetingGate = gateOf(job);
  const all = Array.from({ length: parties }, (_, p) => new Ring(mem, job.rings + p * ringWords(capacity), capacity));
  const written = Array.from({ length: parties }, () => 0);
  let overwritten = 0;
  for (let round = 0; round < job.rounds; round++) {
    for (let p = 0; p < parties; p++) {
      const resets = (round + p) % 5 === 0;
      const pushes = (round * 7 + p) % (capacity + 3);
      const first = resets ? 0 : written[p];
      written[p] = first + pushes;
      if (p !== me) continue;
      if (resets) all[me].reset();
      for (let n = first; n < first + pushes; n++) all[me].push(me, n, ~n, n * parties + me);
    }
    meetingGate.wait(waiter);
    for (let p = 0; p < parties; p++) {
      check(all[p].written === written[p], () => `ring ${p}: ${all[p].written} written, not ${written[p]}`);
      const gone = written[p] - all[p].kept;
      overwritten += gone;
      for (let i = 0; i < all[p].kept; i++) {
        const at = all[p].at(i);
        const n = gone + i;
        const whole = mem[at] === p && mem[at + 1] === n && mem[at + 2] === ~n && mem[at + 3] === n * parties + p;
        check(whole, () => `ring ${p}, entry ${n} is ${mem.slice(at, at + ENTRY_WORDS).join(' ')}`);
      }
    }
    meetingGate.wait(waiter);
  }
  return { overwritten };
}

/**
 * Sends a letter to all others each round and waits until each has acknowledged it; serves its own box while it waits.
 * The letter (stored before the post) and the reply (stored before the ack) are plain stores, read with plain loads.
 */
function mail(job: JobOf<'mail'>): Report {
  const { mem, parties, me, ids } = job;
  const boxes = new Mailboxes(mem, job.boxes);
  const waiter = waiterOf(job);
  const myId = ids[me];
  const others = ids.filter((id) => id !== myId);
  const masks = [0, 0];
  for (const id of others) masks[id >>> 5] |= 1 << (id & 31);
  const got = ids.map(() => 0);
  let acks = 0;

  const serveWord = (word: number): void => {
    for (let senders = boxes.drain(myId, word); senders !== 0;) {
      const bit = 31 - Math.clz32(senders);
      senders &= ~(1 << bit);
      const from = ids.indexOf(word * 32 + bit);
      check(from >= 0 && from !== me, () => `${myId} has a post from ${word * 32 + bit}, who sends none`);
      const letter = mem[job.letters + from * LINE_WORDS];
      check(letter === got[from] + 1, () => `${myId} has letter ${letter} of ${ids[from]} after letter ${got[from]}`);
      got[from] = letter;
      mem[job.replies + from * parties + me] = letter;
      const unacked = boxes.ack(myId, ids[from]);
      check((unacked & (1 << (myId & 31))) !== 0, () => `${ids[from]} had this acknowledgement of ${myId} already`);
      acks++;
      ringParty(job, from);
    }
  };
  const serveUntil = (done: () => boolean): void => {
    waiter.begin();
    while (!done()) {
      if (boxes.hasPending(myId)) {
        serveWord(0);
        serveWord(1);
      }
      waiter.pause();
    }
    waiter.end();
  };

  for (let round = 1; round <= job.rounds; round++) {
    mem[job.letters + me * LINE_WORDS] = round;
    for (const word of [0, 1]) check(boxes.expect(myId, word, masks[word]) === 0, () => `${myId}: an ack is still out`);
    for (const id of others) {
      const pending = boxes.post(myId, id);
      check((pending & (1 << (myId & 31))) === 0, () => `${id} had acknowledged ${myId} before it took the post`);
      ringParty(job, ids.indexOf(id));
    }
    serveUntil(() => boxes.unacked(myId, 0) === 0 && boxes.unacked(myId, 1) === 0);
    for (let p = 0; p < parties; p++) {
      const reply = mem[job.replies + me * parties + p];
      check(p === me || reply === round, () => `round ${round}: the reply of ${ids[p]} to ${myId} is ${reply}`);
    }
  }
  Atomics.add(mem, job.finished, 1);
  for (let p = 0; p < parties; p++) ringParty(job, p);
  serveUntil(() => Atomics.load(mem, job.finished) === parties);
  check(!boxes.hasPending(myId), () => `${myId}: a post is left over`);
  return { acks, parks: waiter.parks };
}

/** Adds to its counter until the readers have seen enough changes. */
function count(job: JobOf<'count'>): Report {
  const { mem, counter, delta } = job;
  const counters = new Counters(mem, job.counters);
  const readers = job.parties - job.count;
  gateOf(job).wait(waiterOf(job));
  let adds = 0;
  while (adds < job.addsMax) {
    counters.add(counter, delta);
    if ((++adds & 255) === 0 && Atomics.load(mem, job.progress + 1) === readers) break;
  }
  Atomics.add(mem, job.progress, 1);
  return { adds };
}

/** Reads all counters until their writers have ended: none goes back, none is a value between two adds. */
function watchCounts(job: JobOf<'watch-counts'>): Report {
  const { mem, delta } = job;
  const counters = new Counters(mem, job.counters);
  const last = Array.from({ length: job.count }, () => 0);
  let changes = 0;
  gateOf(job).wait(waiterOf(job));
  for (let ended = false; !ended;) {
    ended = Atomics.load(mem, job.progress) === job.count;
    for (let i = 0; i < job.count; i++) {
      const value = counters.read(i);
      check(value >= last[i], () => `counter ${i} went back from ${last[i]} to ${value}`);
      check(value % delta === 0, () => `counter ${i} read ${value}, no multiple of ${delta}`);
      if (value !== last[i] && ++changes === job.changesWanted) Atomics.add(mem, job.progress + 1, 1);
      last[i] = value;
    }
  }
  return { changes, ...Object.fromEntries(last.map((value, i) => [`last${i}`, value])) };
}

function run(job: Job): Report {
  switch (job.kind) {
    case 'fill':
      return fill(job);
    case 'token':
      return token(job);
    case 'early-bell':
      return earlyBell(job);
    case 'sleeper':
      return sleeper(job);
    case 'gate':
      return gate(job);
    case 'ring':
      return rings(job);
    case 'mail':
      return mail(job);
    case 'count':
      return count(job);
    case 'watch-counts':
      return watchCounts(job);
  }
}

parentPort?.postMessage(run(workerData as Job));
