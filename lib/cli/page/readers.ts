/** Those who watch a live page: open responses of server-sent events. Used by livePage.ts. */

import type { ServerResponse } from 'node:http';
import { guarded } from '../../harness/host/guarded.js';

/** At the same time. Others get an answer that says so, and their browser asks again. */
export const READERS_MAX = 32;
/** Bytes that may wait for a reader who takes nothing. */
const BEHIND_MAX = 4 * 2 ** 20;
/** Something is said at least so often, so that a connection that is gone is noticed. */
const SILENCE_MS = 15_000;
const RETRY_MS = 2000;

/** An event for readers. */
export interface ReaderEvent {
  readonly kind: string;
  readonly data: unknown;
  /** What a reader has seen after it, which a browser names when it asks again; absent where that does not matter. */
  readonly id?: string;
}

/** The open responses. */
export class Readers {
  readonly #open = new Set<ServerResponse>();
  #spokenMs = 0;

  get count(): number {
    return this.#open.size;
  }

  /** Opens a response and sends its first events; refuses it where there are too many. */
  add(response: ServerResponse, events: readonly ReaderEvent[]): void {
    if (this.#open.size >= READERS_MAX) {
      response.writeHead(503, { 'retry-after': '10' }).end(`there are ${READERS_MAX} readers already\n`);
      return;
    }
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    // It says nothing for longer than others may.
    response.setTimeout(0);
    response.once(
      'close',
      guarded(
        () => void this.#open.delete(response),
        () => {},
      ),
    );
    response.write(`retry: ${RETRY_MS}\n\n${events.map(textOf).join('')}`);
    this.#open.add(response);
  }

  /** Sends an event to all. */
  send(event: ReaderEvent): void {
    this.#write(textOf(event));
  }

  /** Says something to those who have heard nothing for long. */
  keepAlive(): void {
    if (performance.now() - this.#spokenMs >= SILENCE_MS) this.#write(': here\n\n');
  }

  /** Sends a last event and ends all responses. */
  end(event: ReaderEvent): void {
    for (const response of this.#open) response.end(textOf(event));
    this.#open.clear();
  }

  #write(text: string): void {
    this.#spokenMs = performance.now();
    for (const response of this.#open) {
      if (response.writableLength > BEHIND_MAX) response.destroy();
      else response.write(text);
    }
  }
}

/** Returns an event as it is sent. JSON has no line feed of its own. */
function textOf({ kind, data, id }: ReaderEvent): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${kind}\ndata: ${JSON.stringify(data)}\n\n`;
}
