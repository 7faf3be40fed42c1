/** Who wants to hear of a socket's Pongs: kept here and not with each session, since hardly any has one. */
const listeners = new WeakMap<object, () => void>();

/** Calls `listener` for each protocol Pong of a socket, where the runtime tells of them. One for each socket. */
export function listenForPongs(socket: object, listener: () => void): void {
  listeners.set(socket, listener);
}

/** A Pong came. */
export function tellPong(socket: object): void {
  listeners.get(socket)?.();
}
