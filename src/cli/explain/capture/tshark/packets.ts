import type { Finding } from "../../explanation.ts";
import type { Secrets } from "../../secrets.ts";
import { captureFindings } from "../findings.ts";
import { type Fields, segmentOf } from "./fields.ts";

/** What packets show that are known by their fields. */
export function packetFindings(packets: readonly Fields[], secrets: Secrets): readonly Finding[] {
  return captureFindings((take, endpoints) => {
    for (const packet of packets) {
      const segment = segmentOf(packet, endpoints);
      if (segment) take(segment);
    }
  }, secrets);
}
