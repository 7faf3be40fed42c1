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

/** Where the IP header of a packet begins; undefined for what is no IP, or a link that is not known. */
export function ipAt(bytes: Buffer, link: number): number | undefined {
  switch (link) {
    case LINK.ETHERNET:
      return afterType(bytes, 12);
    case LINK.NULL:
    case LINK.LOOP:
      return 4;
    case LINK.SLL:
      return afterType(bytes, 14);
    case LINK.SLL2:
      return bytes.length > 20 && isIp(bytes.readUInt16BE(0)) ? 20 : undefined;
    case LINK.PPP:
      return bytes[0] === 0xff ? 4 : 2;
    case LINK.RAW:
    case LINK.RAW_BSD:
    case LINK.RAW_OPENBSD:
    case LINK.IPV4:
    case LINK.IPV6:
      return 0;
    default:
      return undefined;
  }
}

/** Behind an EtherType at `at`, and the tags of VLANs and PPPoE that it tells of. */
function afterType(bytes: Buffer, at: number): number | undefined {
  for (let next = at; next + 2 <= bytes.length; next += 4) {
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
