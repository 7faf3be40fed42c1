import type { Kind } from "../../kind.ts";
import type { Fields } from "./fields.ts";
import { packetFindings } from "./packets.ts";

/** What tshark prints with -T json, -T jsonraw's fields beside it or not, and with -T ek: all of each packet, with its bytes. */
export const tsharkJson: Kind = {
  recognise(document, at) {
    if (at === 0 && packetsIn(document.json) !== undefined) return Number.POSITIVE_INFINITY;
    let to = at;
    while (document.isText && isEk(document.lines[to] ?? "")) to++;
    return to > at ? to : undefined;
  },
  read({ document, from, to }, { secrets }) {
    const packets = packetsIn(document.json) ?? document.lines.slice(from, to).flatMap((line) => ekPacket(line) ?? []);
    if (packets.length === 0) return [];
    return packetFindings(packets, secrets);
  },
};

type Layers = Readonly<Record<string, unknown>>;

/** `[{ "_source": { "layers": … } }]` */
function packetsIn(json: unknown): readonly Fields[] | undefined {
  if (!Array.isArray(json)) return undefined;
  const layers = json.map((one) => isObject(one) && isObject(one._source) && one._source.layers).filter(isObject);
  return layers.length > 0 && layers.length === json.length ? layers.map(fieldsOf) : undefined;
}

function isEk(line: string): boolean {
  return /^\{"index":\{"_index":"packets-|^\{"timestamp":"\d+","layers":\{/.test(line);
}

/** A line of -T ek; those between are for Elasticsearch alone. */
function ekPacket(line: string): Fields | undefined {
  if (!line.startsWith('{"timestamp"')) return undefined;
  try {
    return fieldsOf((JSON.parse(line) as { readonly layers: Layers }).layers);
  } catch {
    return undefined;
  }
}

/** `tcp.srcport` is in its layer by that name, with -T ek as `tcp_tcp_srcport`, and with -e beside all others. */
function fieldsOf(layers: Layers): Fields {
  return (name) => {
    const layer = name.slice(0, name.indexOf("."));
    const inside = isObject(layers[layer]) ? layers[layer] : {};
    const ek = name.replaceAll(".", "_");
    return textOf(inside[name] ?? inside[`${layer}_${ek}`] ?? layers[name] ?? layers[ek]);
  };
}

/** The first of several. */
function textOf(value: unknown): string | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === "string" || typeof first === "number" || typeof first === "boolean" ? `${first}` : undefined;
}

function isObject(value: unknown): value is Layers {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
