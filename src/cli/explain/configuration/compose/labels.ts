import { Node } from "../tree.ts";

/** What labels or variables say, whether they are a list of `name=value` or a map. */
export function pairsOf(node: Node | undefined): readonly (readonly [name: string, value: Node])[] {
  if (!node) return [];
  if (node.isMap) return node.entries;
  return node.items.flatMap((one) => {
    const text = one.text ?? "";
    const at = text.indexOf("=");
    return at > 0 ? [[text.slice(0, at), new Node(text.slice(at + 1), one)] as const] : [];
  });
}

/** Labels such as `traefik.http.routers.a.rule=…` as the tree that their dots make; `$$` is Compose's way to write `$`. */
export function treeOf(pairs: readonly (readonly [name: string, value: Node])[], prefix: string, place: Node): Node {
  const grouped = new Map<string, [string, Node][]>();
  for (const [name, value] of pairs) {
    if (!name.toLowerCase().startsWith(prefix)) continue;
    const [first = "", ...rest] = name.slice(prefix.length).split(".");
    const group = grouped.get(first) ?? [];
    group.push([rest.join("."), value]);
    grouped.set(first, group);
  }
  const map = new Map<string, Node>();
  for (const [name, group] of grouped) {
    const [[rest, value] = ["", place] as const] = group;
    if (rest === "") map.set(name, new Node((value.text ?? "").replaceAll("$$", "$"), value));
    else map.set(name, treeOf(group, "", value));
  }
  return new Node(map, place);
}
