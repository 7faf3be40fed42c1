import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./pages.ts";
import { membersOf } from "./tables.ts";

/** A JSON Schema, or a part of one. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** What the two commands print with `--json`, by the file in docs/schemas that says so. */
export const SCHEMAS = {
  "doctor-report.schema.json": ["DoctorReport", "What `onesocket doctor --json` prints."],
  "explain-report.schema.json": ["ExplainReport", "What `onesocket explain --json` prints."],
} as const;

/** Where the types of the two reports are declared. */
const SOURCES = ["doctor/report.ts", "explain/report.ts", "explain/explanation.ts", "explain/recognise.ts"].map(
  (path) => readFileSync(join(ROOT, "src/cli", path), "utf8"),
);

/** The JSON Schema (2020-12) of a report, made of its interfaces and what their docstrings say; all it names is in it. */
export function schemaOf(file: keyof typeof SCHEMAS): JsonSchema {
  const [root, description] = SCHEMAS[file];
  const $defs: Record<string, JsonSchema> = {};
  define(root, $defs);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: `urn:onesocket:${file.replace(".schema.json", "")}:1`,
    description,
    $ref: `#/$defs/${root}`,
    $defs,
  };
}

/** The same where a member that it does not name is a fault. */
export function closed(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema), (_, part) =>
    part?.type === "object" ? { ...part, additionalProperties: false } : part,
  );
}

function define(name: string, $defs: Record<string, JsonSchema>): JsonSchema {
  if ($defs[name] === undefined) {
    // A report holds another of its kind: its name is taken before its members are read.
    $defs[name] = {};
    $defs[name] = objectOf(name, $defs);
  }
  return { $ref: `#/$defs/${name}` };
}

function objectOf(name: string, $defs: Record<string, JsonSchema>): JsonSchema {
  const members = membersOf(name, SOURCES);
  const properties = members.map(({ name, declaration, about }) => {
    const type = typed(declaration.slice(name.length + 2), $defs);
    return [name, about ? { description: about, ...type } : type];
  });
  return { type: "object", required: members.map(({ name }) => name), properties: Object.fromEntries(properties) };
}

/** What a type of TypeScript is in JSON Schema. Throws for one that it does not know how to read. */
function typed(type: string, $defs: Record<string, JsonSchema>): JsonSchema {
  const kinds = type.split(" | ");
  if (kinds.length > 1) return { anyOf: kinds.map((kind) => typed(kind, $defs)) };
  if (/^(?:string|number|boolean|null)$/.test(type)) return { type };
  if (/^\d+$/.test(type)) return { const: Number(type) };
  const list = /^readonly (\w+)\[\]$/.exec(type)?.[1];
  if (list !== undefined) return { type: "array", items: typed(list, $defs) };
  const tuple = /^readonly \[(.*)\]$/.exec(type)?.[1];
  if (tuple !== undefined) return tupleOf(tuple, $defs);
  const words = wordsOf(type);
  return words ? { enum: words } : define(type, $defs);
}

function tupleOf(text: string, $defs: Record<string, JsonSchema>): JsonSchema {
  const prefixItems = text.split(", ").map((item) => typed(item.replace(/^\w+: /, ""), $defs));
  return { type: "array", prefixItems, items: false, minItems: prefixItems.length };
}

/** The texts of a union of texts, or of a list that a type is made of; undefined for a type that is neither. */
function wordsOf(name: string): readonly string[] | undefined {
  const text = declared(new RegExp(`^export type ${name} =([^;]*);`, "m"));
  const list = /typeof (\w+)/.exec(text ?? "")?.[1];
  const words = list === undefined ? text : declared(new RegExp(`^export const ${list} = \\[([^\\]]*)\\]`, "m"));
  return words?.match(/(?<=")[^"]+(?=")/g)?.filter((word) => /\w/.test(word));
}

function declared(pattern: RegExp): string | undefined {
  return SOURCES.map((text) => pattern.exec(text)?.[1]).find((found) => found !== undefined);
}
