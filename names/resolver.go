//go:build !js && !wasip1

package names

import (
	"errors"
	"net"
)

// systemResolver asks as the C library would.
func systemResolver() hostResolver { return net.DefaultResolver }

// saysUnknown tells whether an error of the resolver means that there is no such host.
func saysUnknown(err error) bool {
	var dns *net.DNSError
	return errors.As(err, &dns) && dns.IsNotFound
}
