/** What each operation of random programs is in accesses, as the kernel's sources have it; for operationModel.ts. Nothing here is of lib/. */
import type { Access, At } from './operationState.js';

/** How many tasks there are, and whether memory has store buffers. */
export interface Given {
  readonly count: number;
  readonly tso: boolean;
}

export type Made = (given: Given) => Access[];

export interface MadeSection {
  readonly enter: Made;
  readonly exit: Made;
  /** It leaves its body out where `took` is 0, and the task gets that. */
  readonly tries?: true;
}

type Word = string | ((at: At) => string);
type Value = (at: At) => number;

const BUFFERED_MAX = 8;
const POISON = 0x6b6b6b6b;
const ALL_DONE = 0x7fffffff;

const nameOf = (word: Word, at: At): string => (typeof word === 'string' ? word : word(at));
const hashed = (got: number, value: number): number => (Math.imul(got, 31) + value + 1) | 0;

const local = (next: (at: At) => ReturnType<At['on']>): Access => ({ next: (at) => [next(at)], isLocal: true });
/** Passes over as many as it says; below 0 it goes back. */
const skip = (count: Value): Access => local((at) => at.on({ pc: at.task.pc + 1 + count(at) }));
const skipIf = (holds: (at: At) => boolean, count: number): Access => skip((at) => (holds(at) ? count : 0));
const keep = (own: (at: At) => Readonly<Record<string, number>>): Access =>
  local((at) => at.on({ own: { ...at.task.own, ...own(at) } }));
const get = (value: Value): Access => local((at) => at.on({ got: hashed(at.task.got, value(at)) }));
const failUnless = (holds: (at: At) => boolean, failed: string): Access => ({
  next: (at) => [holds(at) ? at.on() : { ...at.state, failed }],
});

const read = (word: Word): Access => ({ next: (at) => [at.find(at.see(nameOf(word, at)))] });
const write = (word: Word, value: Value, { tso }: Given): Access => ({
  next(at) {
    const name = nameOf(word, at);
    if (!tso) return [at.on({}, { ...at.state.words, [name]: value(at) })];
    const { buffer } = at.task;
    return buffer.length < BUFFERED_MAX ? [at.on({ buffer: [...buffer, [name, value(at)]] })] : [];
  },
});
/** An atomic operation, which finds what was there. */
const change = (word: Word, after: (before: number, at: At) => number): Access => ({
  next(at) {
    const name = nameOf(word, at);
    const before = at.word(name);
    return at.isDrained ? [at.find(before, { ...at.state.words, [name]: after(before, at) })] : [];
  },
});
const fence: Access = { next: (at) => (at.isDrained ? [at.on()] : []) };
const wait = (word: Word, holds: (value: number, at: At) => boolean): Access => ({
  next(at) {
    const value = at.see(nameOf(word, at));
    return holds(value, at) ? [at.find(value)] : [];
  },
});
const sleep = (word: Word, holds: (value: number, at: At) => boolean): Access => ({
  ...wait(word, holds),
  leaves: 'asleep',
});

const mine: Value = (at) => 1 + at.me;
const bit: Value = (at) => 1 << at.me;
const takeIfFree = (word: Word): Access => change(word, (before, at) => (before === 0 ? mine(at) : before));
const keepTook: Access = keep((at) => ({ took: at.found() === 0 ? 1 : 0 }));
const took = (at: At): boolean => at.own('took') === 1;
/** Takes a word that is free, and otherwise waits until somebody else has it, or nobody. */
const takeOrWait = (word: Word, waits: typeof sleep): Access[] => [
  takeIfFree(word),
  skipIf((at) => at.found() === 0, 2),
  waits(word, (value, at) => value !== at.found()),
  skip(() => -4),
];

/** Behind the attempt of a section that tries. */
export function afterTry(length: number): Access[] {
  return [get((at) => at.own('took')), skipIf((at) => !took(at), length)];
}

/** A task that shares CPUs may give way when it begins; and makes all visible when it ends. */
export const atStart: readonly Access[] = [{ next: (at) => [at.on()], leaves: 'willing' }];
export const atEnd = (tso: boolean): readonly Access[] => (tso ? [fence] : []);

const [WAITING, WRITER] = [1 << 24, 0x3f << 25];
const isBusy = (at: At): boolean => (at.found() & (WAITING | WRITER)) !== 0;

/** The fair reader-writer lock, whose readers are a bit each. */
function fairLock(lock: string, waits: typeof sleep) {
  const [queue, depth] = [`${lock} queue`, `${lock} depth`];
  const deepen = (by: number): Access => keep((at) => ({ [depth]: at.own(depth) + by }));
  const setBit = change(lock, (before, at) => before | bit(at));
  const leave = [deepen(-1), skipIf((at) => at.own(depth) !== 0, 1), change(lock, (before, at) => before & ~bit(at))];
  const writer = (at: At): number => at.found() & WRITER;
  const awaitWriter = [
    skipIf((at) => writer(at) === 0, 2),
    waits(lock, (value, at) => (value & WRITER) !== writer(at)),
    skip(() => -3),
  ];
  const enterQueue = takeOrWait(queue, waits);
  const leaveQueue = change(queue, () => 0);
  const slowly = [...leave, ...enterQueue, deepen(1), setBit, ...awaitWriter, leaveQueue];
  const lowest = (word: number): number => word & -word;
  const claim = change(lock, (before, at) => (before === WAITING ? mine(at) << 25 : before));
  const takeWaiting = [
    ...awaitWriter,
    skipIf((at) => at.found() === WAITING, 2),
    waits(lock, (value, at) => (value & lowest(at.found() & (WAITING - 1))) === 0),
    skip(() => -6),
    claim,
    skipIf((at) => at.found() !== WAITING, -8),
  ];
  const takeWriting = change(lock, (before, at) => (before === 0 ? mine(at) << 25 : before));
  const slowWriting = [
    ...enterQueue,
    change(lock, (before) => before | WAITING),
    keepWaiting,
    ...takeWaiting,
    leaveQueue,
  ];
  const keepFree = keep((at) => ({ took: isBusy(at) ? 0 : 1 }));
  const attempt = [deepen(1), setBit, keepFree, skipIf(took, leave.length), ...leave];
  return {
    read: {
      enter: () => [deepen(1), setBit, skipIf((at) => !isBusy(at), slowly.length), ...slowly],
      exit: () => leave,
    },
    write: {
      enter: () => [takeWriting, skipIf((at) => at.found() === 0, slowWriting.length), ...slowWriting],
      exit: () => [change(lock, (before) => before & ~WRITER)],
    },
    tryRead: {
      enter: () => [read(lock), keepFree, skipIf((at) => !took(at), attempt.length), ...attempt],
      exit: () => leave,
      tries: true,
    },
    tryWrite: {
      enter: () => [read(lock), keepTook, skipIf((at) => !took(at), 2), takeWriting, keepTook],
      exit: () => [change(lock, (before) => before & ~WRITER)],
      tries: true,
    },
  } as const satisfies Record<string, MadeSection>;
}

/** What was found when the waiting bit was set, with that bit. */
const keepWaiting: Access = local((at) => at.on({ found: [at.found() | WAITING, ...at.task.found.slice(1)] }));

const RW = fairLock('rw', wait);
const RWSEM = fairLock('rwsem', sleep);

/** Takes one of a count. One that `lasts` lets all go on. */
const takeOne = (word: string, lasts = -1): Access[] => [
  read(word),
  keep((at) => ({ took: at.found() > 0 ? 1 : 0, seen: at.found() })),
  skipIf((at) => !took(at) || at.found() === lasts, 2),
  change(word, (before, at) => (before === at.own('seen') ? before - 1 : before)),
  skipIf((at) => at.found() !== at.own('seen'), -4),
];
const waitOne = (word: string, lasts = -1): Access[] => {
  const take = takeOne(word, lasts);
  return [...take, skipIf(took, 2), sleep(word, (value) => value !== 0), skip(() => -(take.length + 3))];
};

const isFlagDown = (at: At): boolean => at.found() === 0;
const finish: Access[] = ['queue', 'exclusive'].flatMap((word) => [
  read(word),
  skipIf((at) => (at.found() & bit(at)) === 0, 1),
  change(word, (before, at) => before & ~bit(at)),
]);
const waitEvent =
  (exclusive: boolean): Made =>
  () => {
    const join = (word: string): Access => change(word, (before, at) => before | bit(at));
    const prepare = exclusive ? [join('exclusive'), join('queue')] : [join('queue')];
    return [
      read('flag'),
      skipIf((at) => !isFlagDown(at), prepare.length + 4),
      ...prepare,
      read('flag'),
      skipIf((at) => !isFlagDown(at), 2),
      sleep('queue', (value, at) => (value & bit(at)) === 0),
      skip(() => -(prepare.length + 6)),
      ...finish,
    ];
  };
const wake: Access[] = [
  change('queue', (before) => before),
  skipIf((at) => at.found() === 0, 5),
  keep((at) => ({ sleepers: at.found() })),
  read('exclusive'),
  keep((at) => {
    const exclusive = at.found() & at.own('sleepers');
    return { left: exclusive & (exclusive - 1) };
  }),
  change('queue', (before, at) => (before === at.own('sleepers') ? at.own('left') : before)),
  skipIf((at) => at.found() !== at.own('sleepers'), -6),
];

const [DEPTH, ENDED] = [0xff, 0x100];
const ownReader = (at: At): string => `reader${at.me}`;
const readLock: Access[] = [change(ownReader, (before) => before + 1)];
const readUnlock: Access[] = [change(ownReader, (before) => before + ((before & DEPTH) === 1 ? ENDED - 1 : -1))];
const look: Access[] = [
  get((at) => at.found()),
  read((at) => `object${at.found()}`),
  failUnless((at) => at.found() !== POISON, 'use-after-free'),
  get((at) => at.found()),
];
const dereference: Access[] = [
  failUnless((at) => (at.word(ownReader(at)) & DEPTH) !== 0, 'suspicious-rcu-usage'),
  read('pointer'),
  ...look,
];
const synchronize: Made = ({ count }) => [
  fence,
  ...Array.from({ length: count }, (_, t) => [
    read(`reader${t}`),
    skipIf((at) => (at.found() & DEPTH) === 0, 1),
    sleep(`reader${t}`, (value, at) => (value & ~DEPTH) !== (at.found() & ~DEPTH)),
  ]).flat(),
];
const publish: Access[] = [change('pointer', (_, at) => 1 + at.me), keep((at) => ({ freed: at.found() }))];
const free = (given: Given): Access =>
  write(
    (at) => `object${at.own('freed')}`,
    () => POISON,
    given,
  );
const freeQueued = (given: Given): Access[] => [
  skipIf(({ task }) => task.callbacks.length === 0, 3),
  local((at) => {
    const [freed, ...callbacks] = at.task.callbacks;
    return at.on({ callbacks, own: { ...at.task.own, freed } });
  }),
  free(given),
  skip(() => -4),
];
const barrier: Made = (given) => {
  const runs = [...synchronize(given), ...freeQueued(given)];
  return [skipIf(({ task }) => task.callbacks.length === 0, runs.length), ...runs];
};

const [OWNER, SEQUENCE] = [0x3f << 26, (1 << 26) - 1];
const addTo = (word: string, given: Given): Access[] => [read(word), write(word, (at) => at.found() + 1, given)];
const writeBoth: Made = (given) => ['first', 'second'].flatMap((word) => addTo(word, given));
const beginWriting = (word: string, given: Given): Access[] => [
  read(word),
  write(word, (at) => ((at.found() + 1) & SEQUENCE) | (mine(at) << 26), given),
];
const endWriting = (word: string, given: Given): Access[] => [
  read(word),
  write(word, (at) => (at.found() + 1) & SEQUENCE, given),
];
const readBoth =
  (word: string): Made =>
  () => {
    const attempt = [
      wait(word, (value) => (value & OWNER) === 0),
      keep((at) => ({ start: at.found() })),
      read('first'),
      read('second'),
      keep((at) => ({ first: at.found(1), second: at.found() })),
      read(word),
      keep((at) => ({ again: at.found() === at.own('start') ? 0 : 1 })),
    ];
    return [
      ...attempt,
      skipIf((at) => at.own('again') === 0, attempt.length + 1),
      ...attempt,
      skipIf((at) => at.own('again') === 1, 3),
      get((at) => at.own('first') - at.own('second')),
      get((at) => at.own('first')),
      skip(() => 1),
      get(() => -1),
    ];
  };

const none: Made = () => [];
const release =
  (word: string): Made =>
  (given) => [write(word, () => 0, given)];
const spin = (word: string): MadeSection => ({ enter: () => takeOrWait(word, wait), exit: release(word) });
const mutex = (word: string): MadeSection => ({
  enter: () => takeOrWait(word, sleep),
  exit: () => [change(word, () => 0)],
});
const seqlock: MadeSection = {
  enter: (given) => [...takeOrWait('seqlock lock', wait), ...beginWriting('seqlock', given)],
  exit: (given) => [...endWriting('seqlock', given), write('seqlock lock', () => 0, given)],
};
const up = change('sem', (before) => before + 1);
const ownState = (at: At): string => `task${at.me}`;
const BIT = 1 << 4;
const stays = (by: number): Access => keep((at) => ({ stays: at.own('stays') + by }));
const willing: Access = { next: (at) => [at.on()], leaves: 'willing' };

export const STEPS: Readonly<Record<string, Made | undefined>> = {
  add: (given) => addTo('count', given),
  see: () => [read('count'), get((at) => at.found())],
  fetchAdd: () => [change('seen', (before) => before + 1), get((at) => at.found())],
  store: (given) => [write('seen', (at) => 10 + at.me, given)],
  load: () => [read('seen'), get((at) => at.found())],
  storeFlag: (given) => [write('flag', () => 1, given)],
  awaitFlag: () => [wait('flag', (value) => (value & 1) === 1)],
  fence: () => [fence],
  complete: () => [change('done', (before) => (before === ALL_DONE ? before : before + 1))],
  completeAll: (given) => [write('done', () => ALL_DONE, given)],
  reinit: (given) => [write('done', () => 0, given)],
  waitDone: () => waitOne('done', ALL_DONE),
  tryDone: () => [...takeOne('done', ALL_DONE), get((at) => at.own('took'))],
  up: () => [up],
  down: () => waitOne('sem'),
  lower: (given) => [write('flag', () => 0, given)],
  raiseAndWake: (given) => [write('flag', () => 1, given), ...wake],
  raiseAndWakeAll: (given) => [write('flag', () => 1, given), change('queue', () => 0)],
  wakeAndRaise: (given) => [...wake, write('flag', () => 1, given)],
  waitEvent: waitEvent(false),
  waitExclusive: waitEvent(true),
  sleep: () => [
    change(ownState, () => 2),
    read(ownState),
    skipIf((at) => at.found() === 0, 2),
    sleep(ownState, (value) => value === 0),
    skip(() => 1),
    willing,
  ],
  wakeNext: ({ count }) => [
    change(
      (at) => `task${(at.me + 1) % count}`,
      () => 0,
    ),
    get((at) => (at.found() === 0 ? 0 : 1)),
  ],
  setBit: () => [change('seen', (before) => before | BIT)],
  clearBit: () => [change('seen', (before) => before & ~BIT)],
  waitBit: () => [sleep('seen', (value) => (value & BIT) === 0)],
  assign: (given) => [write('pointer', (at) => 1 + at.me, given)],
  dereference: () => dereference,
  read: () => [...readLock, ...dereference, ...readUnlock],
  readBare: () => [read('pointer'), ...look],
  synchronize,
  replace: (given) => [...publish, ...synchronize(given), free(given)],
  replaceAtOnce: (given) => [...publish, free(given)],
  replaceLater: () => [...publish, local((at) => at.on({ callbacks: [...at.task.callbacks, at.own('freed')] }))],
  barrier,
  writeBoth,
  readCount: readBoth('seqcount'),
  readLock: readBoth('seqlock'),
  writeLocked: (given) => [...seqlock.enter(given), ...writeBoth(given), ...seqlock.exit(given)],
  resched: () => [willing],
};

export const SECTIONS: Readonly<Record<string, MadeSection | undefined>> = {
  spin: spin('spin'),
  other: spin('other'),
  spinIrq: spin('spin'),
  irqOff: { enter: none, exit: none },
  preemptOff: { enter: none, exit: none },
  trySpin: { enter: () => [takeIfFree('spin'), keepTook], exit: release('spin'), tries: true },
  fair: spin('fair'),
  tryFair: {
    enter: () => [read('fair'), keepTook, skipIf((at) => !took(at), 2), takeIfFree('fair'), keepTook],
    exit: release('fair'),
    tries: true,
  },
  ...RW,
  mutex: mutex('mutex'),
  inner: mutex('inner'),
  tryMutex: {
    enter: () => [read('mutex'), keepTook, skipIf((at) => !took(at), 2), takeIfFree('mutex'), keepTook],
    exit: () => [change('mutex', () => 0)],
    tries: true,
  },
  sem: { enter: () => waitOne('sem'), exit: () => [up] },
  trySem: { enter: () => takeOne('sem'), exit: () => [up], tries: true },
  readSem: RWSEM.read,
  writeSem: RWSEM.write,
  tryReadSem: RWSEM.tryRead,
  tryWriteSem: RWSEM.tryWrite,
  reader: { enter: () => readLock, exit: () => readUnlock },
  seqcount: {
    enter: (given) => [...takeOrWait('other', wait), ...beginWriting('seqcount', given)],
    exit: (given) => [...endWriting('seqcount', given), write('other', () => 0, given)],
  },
  seqlock,
  seqlockIrq: seqlock,
  exclusive: { enter: () => takeOrWait('seqlock lock', wait), exit: release('seqlock lock') },
  migrateOff: { enter: () => [stays(1)], exit: () => [stays(-1)] },
};
