package api

import (
	_ "embed"
	"strconv"
	"strings"

	"bpfc/names"
)

// The names that the page knows: well-known ones, as a browser has no /etc. They are in the formats of services(5) and
// protocols(5), so that the command can be given the same ones with --etc.
var (
	//go:embed etc/services
	services string
	//go:embed etc/protocols
	protocolNames string
)

// resolver knows the names of ports and protocols above, and no hosts.
var resolver names.Resolver = readNames(services, protocolNames)

func readNames(services, protocols string) names.Map {
	m := names.Map{Ports: map[string][]names.PortEntry{}, Protocols: map[string]int{}}
	for line := range strings.Lines(services) {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0][0] == '#' {
			continue
		}
		number, proto, _ := strings.Cut(fields[1], "/")
		port, err := strconv.ParseUint(number, 10, 16)
		if err != nil {
			continue // the test of this file refuses such a line
		}
		for _, name := range append(fields[:1:1], fields[2:]...) {
			m.Ports[name] = append(m.Ports[name], names.PortEntry{Port: uint16(port), Proto: proto})
		}
	}
	for line := range strings.Lines(protocols) {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0][0] == '#' {
			continue
		}
		number, err := strconv.ParseUint(fields[1], 10, 8)
		if err != nil {
			continue
		}
		for _, name := range append(fields[:1:1], fields[2:]...) {
			m.Protocols[name] = int(number)
		}
	}
	return m
}

// resolverPorts gives the names of ports, with their numbers as text.
func resolverPorts() map[string]string {
	list := map[string]string{}
	for name, entries := range resolver.(names.Map).Ports {
		for _, e := range entries {
			list[name] = strings.TrimSpace(list[name] + " " + strconv.Itoa(int(e.Port)) + "/" + e.Proto)
		}
	}
	return list
}
