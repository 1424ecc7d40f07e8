package pcap

import "golang.org/x/sys/unix"

// directionRequest gives how a bpf device is told the direction: here, which one is left out (net/bpf.h).
func directionRequest(d Direction) (request uint, argument uint32, ok bool) {
	const in, out = 1, 2
	return unix.BIOCSDIRFILT, map[Direction]uint32{DirectionIn: out, DirectionOut: in}[d], true
}
