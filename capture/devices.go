package capture

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Device is a network interface of this host.
// It is safe for concurrent use as long as nobody changes it.
type Device struct {
	Name        string
	Index       int // the system's number of it, 0 for "any"; no place in a list
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

// InterfaceName gives the name of the interface that a user means: a number N
// means the Nth of [Devices], from 1, unless an interface is called so. Any
// other text is given back as it is, whether there is such an interface or not;
// a number that the list does not have is ErrNoDevice.
func InterfaceName(text string) (string, error) {
	number, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return text, nil
	}
	if _, err := net.InterfaceByName(text); err == nil {
		return text, nil
	}
	devices, err := Devices()
	if err != nil {
		return "", err
	}
	if number == 0 || number > uint64(len(devices)) {
		return "", fmt.Errorf("%w: the list of them goes from 1 to %d", ErrNoDevice, len(devices))
	}
	return devices[number-1].Name, nil
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
