/** No methods, or no notifications. */
export type None = Record<never, never>;

/** The arguments of `notify` after the name. */
export type NotifyArguments<Payload, Rest extends readonly unknown[] = []> = undefined extends Payload
  ? [params?: Payload, ...rest: Rest]
  : [params: Payload, ...rest: Rest];

/** What knows its notifications: a definition. */
interface Notifying {
  readonly name: string;
  notification?(name: string, params: unknown): string;
}

/** The text of a notification. Throws a TypeError for a name that the definition does not have, and for params that do not fit. */
export function notificationOf(definition: Notifying | undefined, name: string, params: unknown): string {
  if (definition?.notification) return definition.notification(name, params);
  throw new TypeError(`notify(${JSON.stringify(name)}): the definition has no notifications: { ${name}: type<…>() }`);
}
