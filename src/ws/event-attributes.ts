import { Emitter } from "./emitter.ts";

/** The event handlers that the web's WebSocket has as attributes. */
export class EventAttributes extends Emitter {
  get onopen(): unknown {
    return this.listening.attribute("open");
  }

  set onopen(listener: ((event: Event) => unknown) | null) {
    this.listening.setAttribute("open", listener);
  }

  get onmessage(): unknown {
    return this.listening.attribute("message");
  }

  set onmessage(listener: ((event: MessageEvent) => unknown) | null) {
    this.listening.setAttribute("message", listener);
    this.listened("message");
  }

  get onclose(): unknown {
    return this.listening.attribute("close");
  }

  set onclose(listener: ((event: CloseEvent) => unknown) | null) {
    this.listening.setAttribute("close", listener);
  }

  get onerror(): unknown {
    return this.listening.attribute("error");
  }

  set onerror(listener: ((event: Event) => unknown) | null) {
    this.listening.setAttribute("error", listener);
  }
}
