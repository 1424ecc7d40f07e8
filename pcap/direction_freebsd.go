package pcap

import "golang.org/x/sys/unix"

// directionRequest gives how a bpf device is told the direction (enum bpf_direction of net/bpf.h).
func directionRequest(d Direction) (request uint, argument uint32, ok bool) {
	const in, inOut, out = 0, 1, 2
	return unix.BIOCSDIRECTION, map[Direction]uint32{DirectionIn: in, DirectionInOut: inOut, DirectionOut: out}[d], true
}
