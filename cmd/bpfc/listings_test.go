package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// listingsFile has the listing of every filter below and of the practical ones, so that a change of the compiler shows what it
// changes. Write it anew with -update, and read the difference before committing it.
const listingsFile = "../../testdata/listings.txt"

// listed are filters for other link-layer types and options than the practical ones.
var listed = []string{
	"",
	"-O tcp port 80",
	"-s 96 arp",
	"-y RAW tcp port 80",
	"-y IPV4 tcp port 80",
	"-y IPV6 tcp port 80",
	"-y NULL ip or ip6",
	"-y NULL --savefile swapped ip or ip6",
	"-y LOOP ip or ip6",
	"-y LINUX_SLL tcp port 80 and inbound",
	"-y LINUX_SLL2 tcp port 80 and ifindex 3",
	"-y PPP ip and tcp port 80",
	"-y IEEE802_11 type mgt subtype beacon or host 10.0.0.1",
	"-y IEEE802_11_RADIO tcp port 80",
	"-y PPI ip",
	"-y FDDI arp or host 10.0.0.1",
	"-y SUNATM vpi 1 and vci 33 and ip",
	"-y MTP2 msu and opc 1000",
	"-y PFLOG action block and ifname em0",
	"-y JUNIPER_ATM1 ip",
	"-y IPNET outbound and ip",
	"--linux-extensions vlan 100 and tcp port 80",
	"--linux-extensions inbound and not vlan",
	"--netmask /24 ip broadcast",
	"ip6 protochain 6",
	"geneve 100 and vlan 5 and ip6 host 2001:db8::1",
	"vxlan 7 and tcp port 80",
	"mpls 100000 and mpls 1024 and host 192.9.200.1",
}

func TestListings(t *testing.T) {
	var b strings.Builder
	for _, args := range append(listed, practical(t)...) {
		flags := []string{"compile", "--etc", "../../testdata/etc"}
		got := exec(t, "", append(flags, strings.Fields(args)...)...)
		if got.status != exitOK {
			t.Errorf("%s: %s", args, got.stderr)
		}
		fmt.Fprintf(&b, "== %s\n%s\n", args, got.stdout)
	}
	if *update {
		if err := os.WriteFile(listingsFile, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(listingsFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := firstDifference(b.String(), string(want)); diff != "" {
		t.Errorf("%s is not what the compiler does; run this test with -update and read the difference, of which this is the first:\n%s", listingsFile, diff)
	}
}

// firstDifference gives the first block of got that is not in its place in want.
func firstDifference(got, want string) string {
	blocks := strings.Split(want, "\n\n")
	for i, block := range strings.Split(got, "\n\n") {
		switch {
		case i >= len(blocks):
			return block
		case block != blocks[i]:
			return block + "\nwas\n" + blocks[i]
		}
	}
	if len(got) < len(want) {
		return "some listings are gone"
	}
	return ""
}
