import type { ProtocolFailureCode } from "../protocol/protocol-failures.ts";
import type { Drained } from "./drained.ts";
import type { Failure } from "./failures.ts";
import { checkNames } from "./option-names.ts";
import { awaitable } from "./thenable.ts";

/** What is known of a handshake. No path, query, cookie or credential is here: what people put into those may be secret. */
export interface HandshakeSeen {
  /** The client's address, as far as it is known and believed; else "". */
  readonly remoteAddress: string;
  /** The pattern of the route, such as `/chat/:room`, where a router told it. */
  readonly route?: string | undefined;
  /** "1.0", "1.1" or "2.0", where the runtime shows it. */
  readonly httpVersion?: string | undefined;
  readonly userAgent?: string | undefined;
  /** The hops that named themselves: `Via`. */
  readonly via?: string | undefined;
  /** `Forwarded`, or else `X-Forwarded-For`. */
  readonly forwarded?: string | undefined;
  /** `traceparent`: the trace that the request is part of, as W3C's Trace Context writes it. */
  readonly traceparent?: string | undefined;
  /** `tracestate`: what tracing systems have added to it. */
  readonly tracestate?: string | undefined;
  /** The offered subprotocols that the definition knows. */
  readonly offered: readonly string[];
  /** The names of the offered extensions. */
  readonly extensions: readonly string[];
  /** From the headers to the decision, in milliseconds. */
  readonly ms: number;
}

/** What went one way over a socket. Counted from the last hibernation on. */
export interface Traffic {
  readonly messages: number;
  /** Of payload; text counts as UTF-8. */
  readonly bytes: number;
}

/** What went over a socket both ways. */
export interface TwoWayTraffic {
  readonly received: Traffic;
  readonly sent: Traffic;
}

/** What becomes of the broker that joins the rooms of several processes. */
export type BrokerEvent =
  /** Rooms reach other processes. */
  | { readonly state: "connected" }
  /** Rooms reach the sockets of this process only, until `connected` is told. */
  | { readonly state: "lost"; readonly error: unknown }
  /** What rooms sent did not fit into what is kept for a broker that can't take it: other processes' sockets never get it. */
  | { readonly state: "dropped"; readonly messages: number; readonly bytes: number }
  /** What another process sent to a room did not come. */
  | { readonly state: "missed"; readonly room: string; readonly messages: number }
  /** One message came that no process of this version has written, and was dropped: `room` is "" where it came to this process alone. */
  | { readonly state: "unreadable"; readonly room: string; readonly error: unknown };

/** A hook of an open socket. */
export type HookName = "open" | "message" | "close" | "error";

/** Something that the operator of a server may want to know. `definition` is its name, "" where none is concerned. */
export type SocketEvent = { readonly definition: string } & (
  | {
      /** A handshake was accepted. */
      readonly type: "accepted";
      readonly socket: string;
      /** The negotiated subprotocol, or "". */
      readonly protocol: string;
      readonly handshake: HandshakeSeen;
    }
  | {
      /** A handshake was refused. An app's own answer, such as a 401, is `undefined`; `status` tells it. */
      readonly type: "refused";
      readonly failure: Failure | undefined;
      readonly status: number;
      readonly handshake?: HandshakeSeen | undefined;
    }
  /** A handshake was accepted, though something about it is odd. */
  | { readonly type: "warning"; readonly failure: Failure }
  | {
      /** A socket is open: `open` is about to run. */
      readonly type: "opened";
      readonly socket: string;
      readonly remoteAddress: string;
      /** Goes on counting: look whenever you like. Undefined where nobody wants `closed`, so that nothing is counted. */
      readonly traffic: TwoWayTraffic | undefined;
    }
  | {
      /** A socket is gone, and its `close` hook is about to run. */
      readonly type: "closed";
      readonly socket: string;
      readonly code: number;
      /** As the `close` hook is told: false too if messages that had arrived were dropped. */
      readonly wasClean: boolean;
      /** Who began: 1006 is nobody's. */
      readonly by: "server" | "client" | "nobody";
      /** How long it was open. */
      readonly ms: number;
      readonly received: Traffic;
      readonly sent: Traffic;
    }
  /** An open connection failed, and was closed because of it. */
  | { readonly type: "failed"; readonly code: ProtocolFailureCode; readonly socket: string }
  /** Messages that had arrived were not handed out: our side closed before, or gave up on a hook that did not end. */
  | { readonly type: "dropped"; readonly socket: string; readonly messages: number }
  | {
      /**
       * The promise that a hook returned has been pending for a second, and messages wait behind it: it may never settle. Told once
       * for each hook of a definition.
       */
      readonly type: "pending";
      readonly socket: string;
      readonly hook: HookName;
      /** How many wait. */
      readonly messages: number;
    }
  | {
      /** A hook has ended. Told to observers that name it only: one that is a function for all events would be told of each message. */
      readonly type: "hook";
      readonly socket: string;
      readonly hook: HookName;
      /** From its call until its promise settled, in milliseconds. A Worker's clock stands still while it computes. */
      readonly ms: number;
      /** It threw or rejected. */
      readonly failed: boolean;
    }
  /** The sockets of a server have been asked to leave, and have left. */
  | ({ readonly type: "drained" } & Drained)
  /** The broker was found, lost, or could not take or bring all messages. */
  | ({ readonly type: "broker" } & BrokerEvent)
  /** The user's code threw, and no `error` hook dealt with it. */
  | { readonly type: "error"; readonly error: unknown; readonly socket?: string | undefined }
);

/** An event before its definition is named. */
export type EventBody = SocketEvent extends infer Event
  ? Event extends unknown
    ? Omit<Event, "definition">
    : never
  : never;

/** The name of a kind of event. */
export type EventType = SocketEvent["type"];

/** Takes one kind of event. */
export type EventHandler<Type extends EventType> = (event: Extract<SocketEvent, { readonly type: Type }>) => unknown;

/** A function for each kind of event that is wanted. What only other kinds need is not made then, and not counted. */
export type EventHandlers = { readonly [Type in EventType]?: EventHandler<Type> | undefined };

/**
 * Who is told what an operator may want to know: a function is told all events but `hook`, an object those that it names, such as
 * `{ refused: log, failed: log }`. It must be quick. What it throws, or rejects with, is dropped.
 */
export type Observer = ((event: SocketEvent) => unknown) | EventHandlers;

/** All kinds of events. */
export const EVENTS: readonly EventType[] = /* @__PURE__ */ Object.keys({
  accepted: true,
  refused: true,
  warning: true,
  opened: true,
  closed: true,
  failed: true,
  dropped: true,
  pending: true,
  hook: true,
  drained: true,
  broker: true,
  error: true,
} satisfies Record<EventType, true>) as EventType[];

/** Throws a TypeError for what is no observer: neither a function nor an object with functions for events that there are. */
export function checkObserver(observe: Observer | undefined): void {
  if (observe === undefined || typeof observe === "function") return;
  if (typeof observe !== "object" || observe === null)
    throw new TypeError("observe is a function, or an object such as { closed: (event) => … }");
  checkNames(observe, EVENTS, "observe", "event");
  for (const [name, handler] of Object.entries(observe)) {
    if (handler !== undefined && typeof handler !== "function")
      throw new TypeError(`observe.${name} is a function that takes the event`);
  }
}

/** What observers need of a definition. */
interface Observed {
  readonly name: string;
  readonly observe?: Observer | undefined;
}

/** Whether the definition's own observer or its host's is told of such events. */
export function isWanted(type: EventType, { observe }: Observed, host: Observer): boolean {
  return wants(host, type) || (observe !== undefined && wants(observe, type));
}

function wants(observer: Observer, type: EventType): boolean {
  return (typeof observer === "function" && type !== "hook") || (observer as EventHandlers)[type] !== undefined;
}

/** Tells the definition's own observer, then its host's. */
export function tellBoth(definition: Observed, host: Observer, event: EventBody): void {
  // Most of what happens is nobody's business, and a copy of it would cost.
  if (!isWanted(event.type, definition, host)) return;
  const { name, observe } = definition;
  const named = { definition: name, ...event };
  if (observe !== undefined) tell(observe, named);
  tell(host, named);
}

/** Tells the observer, whose own mistakes never reach a socket. */
export function tell(observer: Observer, event: SocketEvent): void {
  try {
    // An async function is one too, as far as types go.
    const result: unknown = typeof observer === "function" ? observer(event) : observer[event.type]?.(event as never);
    awaitable(result)?.then(undefined, () => {});
  } catch {}
}
