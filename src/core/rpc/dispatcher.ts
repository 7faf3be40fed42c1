import { batchText, errorText, failureText, issuesData, resultText } from "./answers.ts";
import { Calls } from "./calls.ts";
import { check } from "./check.ts";
import { type Call, callOf, isPoisoned, type RpcMessage } from "./parse.ts";
import { isPromise, proceed } from "./proceed.ts";
import { failureOf } from "./rpc-error.ts";
import type { Schema } from "./schema.ts";
import type { RpcId, RpcRequest } from "./wire.ts";

/** Calls that one batch may have. */
export const MOST_IN_BATCH = 100;

/** What can be called. */
export interface Method<Caller> {
  readonly params?: Schema | undefined;
  /** Whether what comes after it does not wait for it. */
  readonly concurrent?: boolean | undefined;
  handle(caller: Caller, params: unknown): unknown;
}

/** What becomes of calls. None of it throws or rejects. */
export interface DispatcherHost<Caller> {
  answer(caller: Caller, text: string): void;
  /** A method threw something that is not for the client. */
  failed(caller: Caller, error: unknown): Promise<void> | undefined;
  /** Something goes on that nothing waits for. */
  keep(caller: Caller, promise: Promise<void>): void;
}

/** An answer's text; "" for what is not answered. */
type Reply = string | Promise<string>;

/** Its answer would look like that of the other one. */
const ID_IN_USE = /* @__PURE__ */ errorText(null, "INVALID_REQUEST", "a request with this id is not answered yet");

/** Does what JSON-RPC 2.0 has a server do. A caller is a socket, of which it knows nothing. */
export class Dispatcher<Caller extends object> {
  readonly #methods: ReadonlyMap<string, Method<Caller>>;
  readonly #host: DispatcherHost<Caller>;
  /** Of callers that have had a concurrent call, or a batch. */
  readonly #calls = new WeakMap<Caller, Calls>();

  constructor(methods: ReadonlyMap<string, Method<Caller>>, host: DispatcherHost<Caller>) {
    this.#methods = methods;
    this.#host = host;
  }

  /** Takes what has come as this text, and returns what the next message has to wait for. Never throws; what it returns never rejects. */
  dispatch(caller: Caller, incoming: RpcMessage, text: string): Promise<void> | undefined {
    switch (incoming.kind) {
      case "broken":
        return void this.#answer(caller, errorText(null, "PARSE_ERROR"));
      case "other":
        return void this.#answer(caller, errorText(null, "INVALID_REQUEST"));
      case "call":
        return this.#single(caller, incoming.call, text);
      case "batch":
        return this.#batch(caller, incoming.items, text);
    }
  }

  #answer(caller: Caller, text: string): void {
    if (text !== "") this.#host.answer(caller, text);
  }

  #single(caller: Caller, call: Call, text: string): Promise<void> | undefined {
    if (this.#isConcurrent(call)) return this.#beside(caller, call, text);
    const taken = this.#calls.get(caller)?.has(idOf(call)) === true;
    const reply = taken ? ID_IN_USE : this.#reply(caller, call, text);
    return isPromise(reply) ? reply.then((answer) => this.#answer(caller, answer)) : void this.#answer(caller, reply);
  }

  /** A concurrent call. It begins now; what comes next waits only if no more may run. */
  #beside(caller: Caller, call: Call, text: string): Promise<void> | undefined {
    const calls = this.#callsOf(caller);
    const id = idOf(call);
    if (!calls.claim(id)) return void this.#answer(caller, ID_IN_USE);
    const done = proceed(this.#counted(calls, caller, call, text), (answer) => {
      calls.release(id);
      this.#answer(caller, answer);
    });
    if (isPromise(done)) this.#host.keep(caller, done);
    return calls.room();
  }

  #counted(calls: Calls, caller: Caller, call: Call, text: string): Reply {
    calls.begin();
    return proceed(this.#reply(caller, call, text), (answer) => {
      calls.end();
      return answer;
    });
  }

  /** One answer for all of its calls. What comes next does not wait for those that are concurrent, though the answer does. */
  async #batch(caller: Caller, items: readonly unknown[], text: string): Promise<void> {
    if (items.length > MOST_IN_BATCH) {
      return this.#answer(caller, errorText(null, "INVALID_REQUEST", `a batch has at most ${MOST_IN_BATCH} calls`));
    }
    const calls = items.map(callOf);
    const beside = calls.some((call) => this.#isConcurrent(call));
    const { replies, release } = await this.#begun(caller, calls, text);
    const answered = Promise.all(replies).then((answers) => {
      release();
      this.#answer(caller, batchText(answers));
    });
    if (beside) this.#host.keep(caller, answered);
    else await answered;
  }

  /** Begins calls in order, each when the one before is done or is concurrent. */
  async #begun(caller: Caller, batch: readonly Call[], text: string): Promise<Begun> {
    const calls = this.#callsOf(caller);
    const ids: (RpcId | undefined)[] = [];
    const replies: Promise<string>[] = [];
    for (const call of batch) {
      const id = idOf(call);
      if (!calls.claim(id)) replies.push(Promise.resolve(ID_IN_USE));
      else {
        ids.push(id);
        const concurrent = this.#isConcurrent(call);
        const reply = concurrent ? this.#counted(calls, caller, call, text) : this.#reply(caller, call, text);
        replies.push(Promise.resolve(reply));
        await (concurrent ? calls.room() : reply);
      }
    }
    return { replies, release: () => ids.forEach((id) => void calls.release(id)) };
  }

  /** Never throws or rejects. */
  #reply(caller: Caller, call: Call, text: string): Reply {
    if (call === "answer") return "";
    if ("invalid" in call) return errorText(call.invalid, "INVALID_REQUEST");
    const method = this.#methods.get(call.method);
    if (!method) return answerTo(call, (id) => errorText(id, "METHOD_NOT_FOUND"));
    if (isPoisoned(call.params, text)) return answerTo(call, (id) => errorText(id, "INVALID_PARAMS", POISON));
    try {
      const reply = this.#called(caller, call, method);
      return isPromise(reply) ? reply.then(undefined, (error) => this.#failed(caller, call, error)) : reply;
    } catch (error) {
      return this.#failed(caller, call, error);
    }
  }

  #called(caller: Caller, call: RpcRequest, method: Method<Caller>): Reply {
    return proceed(check(method.params, call.params), (checked) => {
      const { issues } = checked;
      if (issues) return answerTo(call, (id) => errorText(id, "INVALID_PARAMS", issuesData(issues)));
      return proceed(method.handle(caller, checked.value), (result) => answerTo(call, (id) => resultText(id, result)));
    });
  }

  #failed(caller: Caller, call: RpcRequest, error: unknown): Reply {
    try {
      const failure = failureOf(error);
      if (failure) return answerTo(call, (id) => failureText(id, failure));
    } catch {
      // It can't be read, or its data can't be written.
    }
    const internal = answerTo(call, (id) => errorText(id, "INTERNAL_ERROR"));
    return this.#host.failed(caller, error)?.then(() => internal) ?? internal;
  }

  #isConcurrent(call: Call): boolean {
    return call !== "answer" && "method" in call && this.#methods.get(call.method)?.concurrent === true;
  }

  #callsOf(caller: Caller): Calls {
    const calls = this.#calls.get(caller) ?? new Calls();
    this.#calls.set(caller, calls);
    return calls;
  }
}

interface Begun {
  readonly replies: readonly Promise<string>[];
  /** Gives their ids free. */
  release(): void;
}

const POISON = [{ message: "a key is __proto__", path: [] }];

function idOf(call: Call): RpcId | undefined {
  return call !== "answer" && "method" in call ? call.id : undefined;
}

/** A notification is never answered, whatever becomes of it (§4.1). */
function answerTo({ id }: RpcRequest, write: (id: RpcId) => string): string {
  return id === undefined ? "" : write(id);
}
