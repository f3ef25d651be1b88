/**
 * Reads the JavaScript stack of a worker thread, whatever it is doing. Called on the host by supervise.ts and by
 * lib/harness/host/rehearsal.ts.
 */

import { Session, type InspectorNotification, type NodeWorker } from 'node:inspector';
import { isMainThread } from 'node:worker_threads';
import { sourceFrames } from '../sourceFrames.js';
import { guarded } from '../host/guarded.js';
import { after, type Timer } from '../host/timers.js';

/** How long a worker may take to answer. One in a system call does not. */
const STACK_MS_MAX = 1000;

/** What a debugger is sent that concerns us, in the words of its protocol. */
interface Message {
  readonly method?: string;
  readonly params?: {
    readonly scriptId?: string;
    readonly url?: string;
    readonly callFrames?: readonly CallFrame[];
  };
}

interface CallFrame {
  readonly functionName: string;
  readonly url?: string;
  readonly location: { readonly scriptId: string; readonly lineNumber: number; readonly columnNumber?: number };
}

/**
 * Returns what a worker is executing now, innermost first, with the lines of the TypeScript sources; without frames of
 * Node and of the pool. Works on a thread in an endless loop, and on one that sleeps in Atomics.wait. Empty if the
 * worker is gone, or does not answer. The caller's event loop continues meanwhile; a report of the process would stop
 * it for a second, and for ever if a thread is in a system call.
 */
export async function workerStack(threadId: number, mostMs = STACK_MS_MAX): Promise<string[]> {
  const session = new Session();
  // Node's inspector knows all workers from the main thread alone.
  if (isMainThread) session.connect();
  else session.connectToMainThread();
  let timer: Timer | undefined;
  const nothing = new Promise<readonly string[]>((done) => {
    const giveUp = (): void => done([]);
    timer = after(mostMs, giveUp, giveUp);
  });
  const attached: string[] = [];
  try {
    return sourceFrames(await Promise.race([framesOf(session, threadId, attached), nothing]));
  } finally {
    timer?.end();
    // A worker that is left paused could not be ended. It may reach its pause later: without a debugger it continues from there.
    for (const sessionId of attached) session.post('NodeWorker.detach', { sessionId });
    // What is still on its way has nobody to answer it.
    session.removeAllListeners();
    session.disconnect();
  }
}

type Attached = InspectorNotification<NodeWorker.AttachedToWorkerEventDataType>;
type Received = InspectorNotification<NodeWorker.ReceivedMessageFromWorkerEventDataType>;

/** Has the worker pause, and continue at once. `attached` is filled with the worker's session. */
async function framesOf(session: Session, threadId: number, attached: string[]): Promise<readonly string[]> {
  const urls = new Map<string, string>();
  return new Promise((done) => {
    const attach = ({ params: { sessionId, workerInfo } }: Attached): void => {
      if (workerInfo.title.startsWith(`[worker ${threadId}]`)) {
        attached.push(sessionId);
        tell(session, sessionId, 'Debugger.enable', 'Debugger.pause');
      } else session.post('NodeWorker.detach', { sessionId });
    };
    const receive = ({ params: { sessionId, message } }: Received): void => {
      const { method, params = {} } = messageOf(message);
      if (method === 'Debugger.scriptParsed') urls.set(params.scriptId ?? '', params.url ?? '');
      if (method !== 'Debugger.paused') return;
      tell(session, sessionId, 'Debugger.resume', 'Debugger.disable');
      done((params.callFrames ?? []).map((frame) => frameWords(frame, urls)));
    };
    // What the inspector refuses leaves no stack.
    const giveUp = (): void => done([]);
    session.on('NodeWorker.attachedToWorker', guarded(attach, giveUp));
    session.on('NodeWorker.receivedMessageFromWorker', guarded(receive, giveUp));
    session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
  });
}

/** Parses a message of the protocol. A text that is none is ignored: it must not end the process. */
function messageOf(text: string): Message {
  try {
    return JSON.parse(text) as Message;
  } catch {
    return {};
  }
}

function tell(session: Session, sessionId: string, ...methods: readonly string[]): void {
  for (const [id, method] of methods.entries())
    session.post('NodeWorker.sendMessageToWorker', { sessionId, message: JSON.stringify({ id, method }) });
}

function frameWords({ functionName, url, location }: CallFrame, urls: ReadonlyMap<string, string>): string {
  const { scriptId, lineNumber, columnNumber = 0 } = location;
  const place = url === undefined || url === '' ? (urls.get(scriptId) ?? '') : url;
  return `at ${functionName === '' ? '<anonymous>' : functionName} (${place}:${lineNumber + 1}:${columnNumber + 1})`;
}
