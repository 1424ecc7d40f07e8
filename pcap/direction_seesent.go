//go:build darwin || dragonfly || netbsd

package pcap

import "golang.org/x/sys/unix"

// directionRequest gives how a bpf device is told the direction: here, whether packets that this host sends are seen.
func directionRequest(d Direction) (request uint, argument uint32, ok bool) {
	if d == DirectionInOut {
		argument = 1
	}
	return unix.BIOCSSEESENT, argument, d != DirectionOut
}
