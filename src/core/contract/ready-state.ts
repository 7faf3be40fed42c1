/** `readyState` of the WHATWG WebSocket standard: the connection is open (all of these are of it). */
export const OPEN = 1;
export const CLOSING = 2;
export const CLOSED = 3;
