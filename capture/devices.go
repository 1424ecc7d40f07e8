package capture

import (
	"net"
	"os"
	"path/filepath"
	"strings"
)

// Device is a network interface of this host.
type Device struct {
	Name        string
	Index       int // 0 for "any"
	Description string
	Addresses   []net.Addr
	Up          bool // brought up by its administrator
	Running     bool // has a carrier
	Loopback    bool
	Wireless    bool
}

// Devices lists the interfaces that can be captured on: those that are up
// first, the loopback last of them, as tcpdump -D does, and with "any" where
// the system has it.
func Devices() ([]Device, error) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	var groups [4][]Device // running, "any" and loopback, up without a carrier, down
	for i := range interfaces {
		d := newDevice(&interfaces[i])
		switch {
		case !d.Up:
			groups[3] = append(groups[3], d)
		case d.Loopback:
			groups[1] = append(groups[1], d)
		case d.Running:
			groups[0] = append(groups[0], d)
		default:
			groups[2] = append(groups[2], d)
		}
	}
	if openPacket != nil {
		any := Device{Name: "any", Description: "Pseudo-device that captures on all interfaces", Up: true, Running: true}
		groups[1] = append([]Device{any}, groups[1]...)
	}
	var all []Device
	for _, g := range groups {
		all = append(all, g...)
	}
	return all, nil
}

func newDevice(i *net.Interface) Device {
	d := Device{
		Name: i.Name, Index: i.Index,
		Up:       i.Flags&net.FlagUp != 0,
		Running:  i.Flags&net.FlagRunning != 0,
		Loopback: i.Flags&net.FlagLoopback != 0,
	}
	if addresses, err := i.Addrs(); err == nil { // an interface that vanished has none
		d.Addresses = addresses
	}
	// Linux tells more under /sys; elsewhere these files do not exist.
	sys := filepath.Join("/sys/class/net", i.Name)
	if text, err := os.ReadFile(filepath.Join(sys, "ifalias")); err == nil {
		d.Description = strings.TrimSpace(string(text))
	}
	if _, err := os.Stat(filepath.Join(sys, "wireless")); err == nil {
		d.Wireless = true
	}
	return d
}
