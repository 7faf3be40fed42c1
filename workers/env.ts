/** What the demo reads from its environment. */
export interface Env {
  /** Lets its bearer announce; without it nobody can. `npm run dev` sets it to `dev`. */
  readonly ADMIN_TOKEN?: string | undefined;
  /** Signs the tickets that people come in with. Without it they come in with whatever name they say. */
  readonly TICKET_KEY?: string | undefined;
}
