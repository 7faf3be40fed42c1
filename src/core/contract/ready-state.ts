// The values of `readyState`, as in the WHATWG WebSocket standard. An open socket never was CONNECTING.

export const OPEN = 1;
export const CLOSING = 2;
export const CLOSED = 3;
