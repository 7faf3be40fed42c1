import type { Part } from "../../document.ts";
import type { Question } from "../../kind.ts";
import type { ProxyReader, Reading } from "../proxy-kind.ts";
import type { Node } from "../tree.ts";
import { lookAtTrees, treesAt } from "../yaml-document.ts";
import { TRAEFIK_NOTE, traefikAnswers } from "./answers.ts";

/** What has to stand in such a text. */
const WORD = /\b(?:routers|entryPoints)\b/i;

/** A configuration of Traefik in a file, YAML or TOML. */
export const traefik: ProxyReader = {
  name: "Traefik",
  look: (document, at) => lookAtTrees(document, at, WORD, isOurs),
  read,
};

function isOurs(root: Node): boolean {
  return root.get("http", "routers")?.isMap === true || root.get("entrypoints")?.isMap === true;
}

function read({ document, from }: Part, question: Question): Reading | undefined {
  const trees = treesAt(document, from);
  const roots = trees?.roots.filter(isOurs) ?? [];
  const lineOf = (name: string, value: string) => (trees?.isToml ? `${name} = ${value}` : `        ${name}: ${value}`);
  return {
    answers: roots.flatMap((root) =>
      root.get("http", "routers") ? traefikAnswers(root.get("http")!, question, lineOf) : [],
    ),
    nothing: "It has no router of HTTP: which requests go where is in the dynamic configuration.",
    notes: [TRAEFIK_NOTE],
  };
}
