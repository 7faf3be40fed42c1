/** LINKTYPE_ numbers of tcpdump.org. */
export const LINK = {
  NULL: 0,
  ETHERNET: 1,
  RAW_BSD: 12,
  RAW_OPENBSD: 14,
  PPP: 9,
  RAW: 101,
  LOOP: 108,
  SLL: 113,
  IPV4: 228,
  IPV6: 229,
  SLL2: 276,
} as const;

const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const VLANS = [0x8100, 0x88a8, 0x9100];
const PPPOE = 0x8864;

/** Where the IP header of the packet from `start` to before `end` begins; undefined for what is no IP, or a link that is not known. */
export function ipAt(bytes: Buffer, start: number, end: number, link: number): number | undefined {
  switch (link) {
    case LINK.ETHERNET:
      return afterType(bytes, start + 12, end);
    case LINK.NULL:
    case LINK.LOOP:
      return start + 4;
    case LINK.SLL:
      return afterType(bytes, start + 14, end);
    case LINK.SLL2:
      return end - start > 20 && isIp(bytes.readUInt16BE(start)) ? start + 20 : undefined;
    case LINK.PPP:
      return start + (bytes[start] === 0xff ? 4 : 2);
    case LINK.RAW:
    case LINK.RAW_BSD:
    case LINK.RAW_OPENBSD:
    case LINK.IPV4:
    case LINK.IPV6:
      return start;
    default:
      return undefined;
  }
}

/** Behind an EtherType at `at`, and the tags of VLANs and PPPoE that it tells of. */
function afterType(bytes: Buffer, at: number, end: number): number | undefined {
  for (let next = at; next + 2 <= end; next += 4) {
    const type = bytes.readUInt16BE(next);
    if (isIp(type)) return next + 2;
    if (type === PPPOE) return next + 10;
    if (!VLANS.includes(type)) return undefined;
  }
  return undefined;
}

function isIp(type: number): boolean {
  return type === IPV4 || type === IPV6;
}
