/** The engine's tie to its page: answers calls, asks questions, tells events. */
import type {
  CallId,
  EngineCall,
  EngineMessage,
  EngineMethod,
  EngineProgress,
  EngineQuestion,
  EngineResults,
  PageMessage,
  QuestionId,
} from './messages.js';
import { abortError, toEngineError } from './words.js';

/** What a handler may do besides returning its result. */
export interface CallContext<Method extends EngineMethod> {
  readonly id: CallId;
  /** Aborts when the page cancels the call. */
  readonly signal: AbortSignal;
  progress(progress: Method extends keyof EngineProgress ? EngineProgress[Method] : never): void;
}

export type CallOf<Method extends EngineMethod> = Extract<EngineCall, { method: Method }>;

/** One function for each method. */
export type Handlers = {
  [Method in EngineMethod]: (
    call: CallOf<Method>,
    context: CallContext<Method>,
  ) => Promise<EngineResults[Method]> | EngineResults[Method];
};

type Handler = (call: EngineCall, context: CallContext<EngineMethod>) => Promise<EngineResults[EngineMethod]>;

interface Asked {
  resolve(bytes: Uint8Array<ArrayBuffer> | null): void;
  reject(error: Error): void;
}

export class PageLink {
  readonly #running = new Map<CallId, AbortController>();
  readonly #asked = new Map<QuestionId, Asked>();
  #nextQuestion = 1;

  tell(message: EngineMessage, transfer: Transferable[] = []): void {
    postMessage(message, { transfer });
  }

  /** Asks the page, which asks main. Rejects with what main refuses with. Bytes of the question are given away. */
  ask(question: EngineQuestion): Promise<Uint8Array<ArrayBuffer> | null> {
    const id = this.#nextQuestion as QuestionId;
    this.#nextQuestion += 1;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      this.tell({ type: 'question', id, question }, 'bytes' in question ? [question.bytes.buffer] : []);
    });
  }

  answered({ id, bytes }: Extract<PageMessage, { type: 'answer' }>): void {
    this.#asked.get(id)?.resolve(bytes);
    this.#asked.delete(id);
  }

  refused({ id, error }: Extract<PageMessage, { type: 'refusal' }>): void {
    this.#asked.get(id)?.reject(Object.assign(new Error(error.message), { name: error.name }));
    this.#asked.delete(id);
  }

  async run(handlers: Handlers, { id, call }: Extract<PageMessage, { type: 'call' }>): Promise<void> {
    const controller = new AbortController();
    this.#running.set(id, controller);
    const context: CallContext<EngineMethod> = {
      id,
      signal: controller.signal,
      progress: (progress) => this.tell({ type: 'progress', id, progress }),
    };
    try {
      const result = await (handlers[call.method] as Handler)(call, context);
      this.tell({ type: 'result', id, result });
    } catch (error) {
      this.tell({ type: 'failure', id, error: toEngineError(error) });
    } finally {
      this.#running.delete(id);
    }
  }

  cancel(id: CallId): void {
    this.#running.get(id)?.abort(abortError());
  }
}
