//go:build js || wasip1

package names

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"runtime"
)

// systemResolver is for systems that have no resolver and no network to ask. Package net, which says so too, would make the
// WebAssembly of a compiler a twentieth larger.
func systemResolver() hostResolver { return noResolver{} }

type noResolver struct{}

var errNoResolver = errors.New("there is no resolver of names on " + runtime.GOOS)

func (noResolver) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return nil, errNoResolver
}

// usualServices are for systems without a services file, by transport protocol (numbers: IANA, Service Name and Transport
// Protocol Port Number Registry).
var usualServices = map[string]map[string]int{
	"tcp": {"ftp": 21, "ssh": 22, "telnet": 23, "smtp": 25, "domain": 53, "gopher": 70, "http": 80, "pop3": 110, "imap2": 143,
		"imap3": 220, "https": 443, "submissions": 465, "ftps": 990, "imaps": 993, "pop3s": 995},
	"udp": {"domain": 53},
}

func (noResolver) LookupPort(_ context.Context, network, service string) (int, error) {
	if port, ok := usualServices[network][service]; ok {
		return port, nil
	}
	return 0, fmt.Errorf("unknown port %s/%.80q", network, service)
}

func saysUnknown(error) bool { return false }
