import type { Rule } from "./rule.ts";

/** Where servers list the pages that may connect: those of onesocket, Phoenix, Rails, Django, Spring, Socket.IO, Python and others. */
const LIST =
  /\b(origins?|allowed_?origins?|check_origin|allowed_request_origins|setAllowedOrigins|setAllowedOriginPatterns|AllowedOrigins|CSRF_TRUSTED_ORIGINS|trustedOrigins|OriginPatterns|cors_allowed_origins)\b["']?\s*(?:[:=(]|=>)\s*[^;\n]{0,200}?(["'`])(wss?:\/\/[^"'`\s]*)\2/i;

/** Lists of origins. */
export const ORIGINS: readonly Rule[] = [
  {
    pattern: LIST,
    judge([, name = "", , entry = ""]) {
      const page = entry.replace(/^ws/i, "http");
      return {
        what: `${name} lists ${entry}, and the Origin of a page is never one of ws: or wss:.`,
        sure: false,
        codes: [
          {
            code: "ORIGIN_REJECTED",
            level: "warn",
            fix: `List the page that connects: ${page}.`,
            detail: `a page there sends Origin: ${page.replace(/(:\/\/[^/]*).*$/, "$1")}`,
          },
        ],
        note: "onesocket reads wss: as https:, and ws: as http:; other servers compare it as it is.",
      };
    },
  },
];
