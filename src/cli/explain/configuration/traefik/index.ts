import type { Part } from "../../document.ts";
import type { Question } from "../../kind.ts";
import type { ProxyReader, Reading } from "../proxy-kind.ts";
import type { Node } from "../tree.ts";
import { lookAtTrees, treesAt } from "../yaml-document.ts";
import { TRAEFIK_NOTE, traefikAnswers } from "./answers.ts";
import { answersOfVersion1, isVersion1 } from "./version-1.ts";

/** What has to stand in such a text. */
const WORD = /\b(?:routers|entryPoints|frontends)\b/i;

/** A configuration of Traefik in a file, YAML or TOML. */
export const traefik: ProxyReader = {
  name: "Traefik",
  look: (document, at) => lookAtTrees(document, at, WORD, isOurs),
  read,
};

function isOurs(root: Node): boolean {
  return root.get("http", "routers")?.isMap === true || root.get("entrypoints")?.isMap === true || isVersion1(root);
}

function read({ document, from }: Part, question: Question): Reading | undefined {
  const trees = treesAt(document, from);
  const roots = trees?.roots.filter(isOurs) ?? [];
  const lineOf = (name: string, value: string) => (trees?.isToml ? `${name} = ${value}` : `        ${name}: ${value}`);
  return {
    answers: roots.flatMap((root) =>
      isVersion1(root)
        ? answersOfVersion1(root, question)
        : root.get("http", "routers")
          ? traefikAnswers(root.get("http")!, question, lineOf)
          : [],
    ),
    nothing: "It has no router of HTTP: which requests go where is in the dynamic configuration.",
    notes: roots.some(isVersion1) ? [TRAEFIK_NOTE, VERSION_1_NOTE] : [TRAEFIK_NOTE],
  };
}

const VERSION_1_NOTE =
  "This is a configuration of Traefik 1, which is no longer maintained: frontends are routers since version 2, and backends services.";
