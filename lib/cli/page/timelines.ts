/** The timelines of a live page: made when somebody looks at one, in a thread, one after another, within a time. Used by livePage.ts. */

import { Worker } from 'node:worker_threads';
import { guarded } from '../../harness/host/guarded.js';
import { after } from '../../harness/host/timers.js';
import { escapeXml } from '../../report/format/xml.js';
import type { DrawnTimeline } from './timelineOfFile.js';

/** How long one may take. */
const DRAWING_MS = 8000;
/** Pictures that are remembered, and that may wait to be drawn. */
const KEPT_MAX = 64;
const WAITING_MAX = 16;

/** Draws and remembers. */
export class Timelines {
  readonly #kept = new Map<string, Promise<string>>();
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #running: Worker | null = null;
  readonly #drawingMs: number;

  constructor(drawingMs = DRAWING_MS) {
    this.#drawingMs = drawingMs;
  }

  /** Returns the picture of a file as SVG; where there is none, one that says why. `key` names the file. */
  of(key: string, file: Uint8Array): Promise<string> {
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    if (this.#waiting >= WAITING_MAX) return Promise.resolve(words('many pictures are being drawn: try again'));
    this.#waiting++;
    const made = this.#after(this.#last, file);
    this.#last = made;
    this.#kept.set(key, made);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT_MAX) this.#kept.delete(oldest);
    return made;
  }

  /** Ends what is being drawn. */
  close(): void {
    this.#waiting = Infinity;
    void this.#running?.terminate();
  }

  async #after(before: Promise<unknown>, file: Uint8Array): Promise<string> {
    await before;
    try {
      if (this.#waiting === Infinity) return words('the page has ended');
      const drawn = await this.#draw(file);
      return 'svg' in drawn ? drawn.svg : words(drawn.reason);
    } finally {
      this.#waiting--;
    }
  }

  async #draw(file: Uint8Array): Promise<DrawnTimeline> {
    return await new Promise<DrawnTimeline>((done) => {
      const worker = new Worker(new URL('./timelineThread.js', import.meta.url), { workerData: file });
      this.#running = worker;
      worker.unref();
      const end = (drawn: DrawnTimeline): void => {
        limit.end();
        this.#running = null;
        done(drawn);
        void worker.terminate();
      };
      const fail = (error: unknown): void =>
        end({ reason: `it cannot be drawn: ${error instanceof Error ? error.message : String(error)}` });
      const limit = after(
        this.#drawingMs,
        () => end({ reason: `it takes longer than ${this.#drawingMs / 1000} s` }),
        fail,
      );
      limit.release();
      worker.once(
        'message',
        guarded((drawn: DrawnTimeline) => end(drawn), fail),
      );
      worker.once('error', guarded(fail, fail));
      worker.once(
        'exit',
        guarded(() => end({ reason: 'its thread has ended' }), fail),
      );
    });
  }
}

const CHAR = 7;

/** Returns a picture of one line. */
function words(text: string): string {
  const line = `No timeline: ${text.split('\n')[0].slice(0, 300)}.`;
  const width = 20 + line.length * CHAR;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="30" viewBox="0 0 ${width} 30" role="img">
<text x="6" y="20" font-family="ui-monospace,Menlo,Consolas,monospace" font-size="11" fill="#57606a">${escapeXml(line)}</text></svg>`;
}
