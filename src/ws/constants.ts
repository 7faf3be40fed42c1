import { EventAttributes } from "./event-attributes.ts";

/** What is the same for every socket, and what nobody can change. */
export class Constants extends EventAttributes {
  get CONNECTING(): 0 {
    return 0;
  }

  get OPEN(): 1 {
    return 1;
  }

  get CLOSING(): 2 {
    return 2;
  }

  get CLOSED(): 3 {
    return 3;
  }

  get extensions(): string {
    return "";
  }

  get isServer(): boolean {
    return true;
  }
}
