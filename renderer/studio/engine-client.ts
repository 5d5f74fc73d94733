/** The page's end of the engine: starts the Worker, keeps it in codec ports, and makes calls. */
import { requestCodecPort } from 'electron-webcodecs/renderer';
import { wordsOf } from '../../app/protocol/errors.js';
import type { StudioBridge } from '../../app/protocol/studio.js';
import type {
  CallId,
  EngineCall,
  EngineError,
  EngineMessage,
  EngineProgress,
  EngineQuestion,
  EngineResults,
  PageMessage,
  SurfaceName,
} from './engine/messages.js';
import { toEngineError } from './engine/words.js';

type ResultOf<Call extends EngineCall> = EngineResults[Call['method']];
type ProgressOf<Call extends EngineCall> = Call['method'] extends keyof EngineProgress
  ? EngineProgress[Call['method']]
  : never;

export interface CallOptions<Call extends EngineCall> {
  /** Cancels the call, which then rejects with an AbortError; a recording ends, and its call resolves. */
  signal?: AbortSignal;
  progress?: (progress: ProgressOf<Call>) => void;
  /** Hears the call's id, by which events refer to it. */
  started?: (id: CallId) => void;
  transfer?: Transferable[];
}

interface Pending {
  resolve(result: EngineResults[keyof EngineResults]): void;
  reject(error: Error): void;
  progress(progress: EngineProgress[keyof EngineProgress]): void;
}

type EventType = 'host' | 'primed' | 'shown' | 'sound';
export type EngineEvent = Extract<EngineMessage, { type: EventType }>;

/** Milliseconds before another try, where main has no host for this page. */
const retryDelay = 1000;

function toError({ name, message }: EngineError): Error {
  return Object.assign(new Error(message), { name });
}

export class EngineClient {
  readonly #worker: Worker;
  readonly #bridge: StudioBridge;
  readonly #onEvent: (event: EngineEvent) => void;
  readonly #pending = new Map<CallId, Pending>();
  #nextCall = 1;

  constructor(script: string | URL, bridge: StudioBridge, onEvent: (event: EngineEvent) => void) {
    this.#bridge = bridge;
    this.#onEvent = onEvent;
    this.#worker = new Worker(script, { type: 'module', name: 'engine' });
    this.#worker.addEventListener('message', (event: MessageEvent<EngineMessage>) => this.#receive(event.data));
    this.#worker.addEventListener('error', (event) => {
      this.#onEvent({ type: 'host', state: 'down', reason: `The engine failed: ${event.message}` });
    });
    void this.#keepConnected();
  }

  /** Rejects with an Error named and worded by the engine. */
  call<Call extends EngineCall>(call: Call, options: CallOptions<Call> = {}): Promise<ResultOf<Call>> {
    const id = this.#nextCall as CallId;
    this.#nextCall += 1;
    const { signal, progress, started, transfer } = options;
    const result = new Promise<ResultOf<Call>>((resolve, reject) => {
      this.#pending.set(id, {
        // The engine answers each method with its own result: engine/messages.ts.
        resolve: (value) => resolve(value as ResultOf<Call>),
        reject,
        progress: (value) => progress?.(value as ProgressOf<Call>),
      });
    });
    started?.(id);
    this.#send({ type: 'call', id, call }, transfer);
    if (signal) {
      const cancel = (): void => this.#send({ type: 'cancel', id });
      if (signal.aborted) cancel();
      else signal.addEventListener('abort', cancel, { once: true });
    }
    return result;
  }

  /** Gives a canvas to the engine, which alone draws on it from then on. */
  giveCanvas(name: SurfaceName, element: HTMLCanvasElement): void {
    const canvas = element.transferControlToOffscreen();
    this.#send({ type: 'surface', name, canvas }, [canvas]);
  }

  setViewport(width: number, height: number): void {
    this.#send({ type: 'viewport', width, height });
  }

  setClock(mediaTime: number, at: number): void {
    this.#send({ type: 'clock', mediaTime, at });
  }

  #send(message: PageMessage, transfer: Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  /** One port after the other, as hosts come and go. */
  async #keepConnected(): Promise<never> {
    for (;;) {
      try {
        const handed = await requestCodecPort();
        this.#send({ type: 'port', port: handed.port }, [handed.port]);
        const reason = await handed.lost;
        this.#send({ type: 'lost', reason });
        handed.release();
      } catch (error) {
        const reason = wordsOf(error);
        this.#onEvent({ type: 'host', state: 'down', reason });
        await new Promise((resolve) => setTimeout(resolve, retryDelay));
      }
    }
  }

  #receive(message: EngineMessage): void {
    switch (message.type) {
      case 'result':
        this.#pending.get(message.id)?.resolve(message.result);
        this.#pending.delete(message.id);
        break;
      case 'failure':
        this.#pending.get(message.id)?.reject(toError(message.error));
        this.#pending.delete(message.id);
        break;
      case 'progress':
        this.#pending.get(message.id)?.progress(message.progress);
        break;
      case 'question':
        void this.#answer(message);
        break;
      case 'host':
      case 'primed':
      case 'shown':
      case 'sound':
        this.#onEvent(message);
        break;
      default:
        message satisfies never;
    }
  }

  async #answer({ id, question }: Extract<EngineMessage, { type: 'question' }>): Promise<void> {
    try {
      const bytes = await this.#ask(question);
      this.#send({ type: 'answer', id, bytes }, bytes ? [bytes.buffer] : []);
    } catch (error) {
      this.#send({ type: 'refusal', id, error: toEngineError(error) });
    }
  }

  async #ask(question: EngineQuestion): Promise<Uint8Array<ArrayBuffer> | null> {
    switch (question.method) {
      case 'write-output':
        await this.#bridge.writeOutput(question.output, question.position, question.bytes);
        return null;
      case 'read-output':
        return new Uint8Array(await this.#bridge.readOutput(question.output, question.start, question.end));
      default:
        return question satisfies never;
    }
  }
}
