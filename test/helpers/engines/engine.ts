/** The server of an engine, of our own, on 127.0.0.1: it can be treated badly. */
export interface EngineServer {
  readonly port: number;
  /** Of the process that the others of it come from, if it has several. */
  pid(): number;
  /** Without a word to anybody. */
  kill(): Promise<void>;
  /** Starts one again on its port, that has been killed; resolves when it takes connections. */
  restart(): Promise<void>;
  /** SIGSTOP. */
  freeze(): void;
  /** SIGCONT. */
  thaw(): void;
}
