// The colours of an expression while it is typed. The compiler's own tokens come a moment later and say the same more
// exactly; this knows words alone, and so can colour the visible part of a megabyte.

import type { TokenClass } from "./api";

const words: [TokenClass, string][] = [
  ["operator", "and or not"],
  ["direction", "src dst inbound outbound addr1 addr2 addr3 addr4 ra ta"],
  ["type", "host net port portrange proto protochain gateway mask broadcast multicast less greater len length in"],
  ["protocol", "ether link ppp slip fddi tr wlan arp rarp ip sctp tcp udp icmp igmp igrp pim vrrp carp radio ip6 icmp6 ah esp " +
    "atalk aarp decnet lat sca moprc mopdl iso esis es-is isis is-is l1 l2 iih lsp snp csnp psnp clnp stp ipx netbeui " +
    "vlan mpls pppoed pppoes geneve vxlan llc lane"],
  ["keyword", "ifindex on ifname rset ruleset action rnr rulenum srnr subrulenum reason byte type subtype dir direction " +
    "vpi vci sio opc dpc sls hsio hopc hdpc hsls metac bcc oam oamf4 oamf4ec oamf4sc sc ilmic connectmsg metaconnect " +
    "fisu lssu lsu msu hfisu hlssu hmsu"],
];

const classes = new Map<string, TokenClass>(words.flatMap(([c, list]) => list.split(" ").map((w) => [w, c] as const)));

const shapes: [RegExp, TokenClass][] = [
  [/^(0x[0-9a-f]+|\d+)$/i, "number"],
  [/^\d+(\.\d+){1,3}$/, "address"],
  [/^[0-9a-f]{1,2}([:-][0-9a-f]{1,2}){5}$/i, "address"],
  [/^[0-9a-f:]*::?[0-9a-f:.]*$/i, "address"],
  [/^(tcp-\w+|tcpflags|icmp6?type|icmp6?code|icmp6?-[a-z]+)$/, "constant"],
];

// A word, or a number with its dots and colons, or brackets, or one operator; what is between is space.
const token = /[\w\\@$][\w.\-:\\@/$]*|::[\w:.]*|&&|\|\||[<>=!]=|<<|>>|[()[\]{}]+|[^\s\w]/gu;

export function classify(word: string): TokenClass {
  const known = classes.get(word);
  if (known) return known;
  for (const [shape, c] of shapes) if (shape.test(word)) return c;
  if (/^(&&|\|\||!)$/.test(word)) return "operator";
  if (!/^[\w\\@$]/.test(word)) return "punctuation";
  return "name";
}

/** Calls f for each token of a text, with its place. */
export function scan(text: string, f: (start: number, end: number, c: TokenClass) => void): void {
  for (const match of text.matchAll(token)) {
    let at = match.index;
    // "10.0.0.0/8" is an address, a slash and a number; "ip[2:2]" has its colon between numbers.
    for (const piece of match[0].split(/(\/)/)) {
      if (!piece) continue;
      if (/^\d+:\d+$/.test(piece)) {
        const colon = piece.indexOf(":");
        f(at, at + colon, "number");
        f(at + colon, at + colon + 1, "punctuation");
        f(at + colon + 1, at + piece.length, "number");
      } else {
        f(at, at + piece.length, classify(piece));
      }
      at += piece.length;
    }
  }
}
