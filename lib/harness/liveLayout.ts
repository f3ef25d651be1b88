/** The words by which the host changes settings of a machine that runs. Used by liveSettings.ts, on both sides. */

import { LINE, WORD, lines, struct, words } from '../sharedarraybuffer-utils/index.js';
import { CPUS_MAX, WINDOWS_MAX } from '../machine/layout.js';

/** The settings of a machine as words: ranges are two words each, phases by the CPU that a thread started as. */
export const SETTING = struct({
  sync: WORD,
  round: WORD,
  spinMin: WORD,
  spinMax: WORD,
  windows: words(2 * WINDOWS_MAX),
  phases: words(2 * CPUS_MAX),
});

/**
 * What the host and CPU 0 share about settings that change. The host writes `wanted`, then `asked`; CPU 0 copies it to
 * `current` between two rounds and answers in `applied`, and only then the host may write again. The other CPUs read `current`
 * between the first two gates of a round, where CPU 0 does not write it.
 */
export const LIVE = struct({
  asked: LINE,
  applied: LINE,
  /** 1 while the machine is to stand still between two rounds. */
  held: LINE,
  wanted: lines(SETTING.WORDS),
  current: lines(SETTING.WORDS),
});
