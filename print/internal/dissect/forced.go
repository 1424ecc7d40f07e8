package dissect

import "slices"

// Forced is what the datagrams and segments of UDP and TCP carry whatever their ports (-T of tcpdump): a place in
// [ForcedNames], from 1, or 0 if the ports decide.
type Forced = int

// The protocols that something asks for.
var ForceCARP, ForcePGMZMTP, ForceRPC = ForcedByName("carp"), ForcedByName("pgm_zmtp1"), ForcedByName("rpc")

// ForcedNames are the names of the protocols, in that order.
func ForcedNames() []string {
	return []string{"aodv", "carp", "cnfp", "domain", "lmp", "pgm", "pgm_zmtp1", "ptp", "radius", "resp", "rpc", "rtcp", "rtp", "snmp", "someip", "tftp", "vat", "vxlan", "wb", "zmtp1"}
}

// ForcedByName finds a protocol; 0 if there is none of that name.
func ForcedByName(name string) Forced { return slices.Index(ForcedNames(), name) + 1 }
