package bpfc_test

import (
	"errors"
	"strings"
	"testing"

	"bpfc"
	"bpfc/names"
)

// What people write by habit is answered with what would work instead.
func TestHints(t *testing.T) {
	for filter, hint := range map[string]string{
		"ip host ::1":                    "write ip6 instead of ip",
		"tcp host 1.2.3.4":               "tcp and host",
		"net 10.1.2.3/8":                 "10.0.0.0/8",
		"net 1.2.3.4 mask 255.255.255.0": "1.2.3.0 mask 255.255.255.0",
		"ip proto tcp":                   `\tcp`,
		"host udp":                       `\udp`,
		"TCP port 80":                    "lower case: tcp",
		"ip.addr == 1.2.3.4":             "Wireshark",
		"port 80:90":                     "portrange",
		"len => 5":                       `">="`,
		"tcp[13] =! 2":                   `"!="`,
		"vpi 5":                          "SUNATM",
		"hmsu":                           "MTP2",
		"action pass":                    "PFLOG",
	} {
		_, err := bpfc.Compile(filter)
		var e *bpfc.Error
		if !errors.As(err, &e) || !strings.Contains(e.Hint, hint) {
			t.Errorf("%s: %v, want a hint with %q", filter, err, hint)
		}
	}
}

// A long name is not repeated in full.
func TestLongNamesAreCut(t *testing.T) {
	name := strings.Repeat("x", 1<<20)
	for _, filter := range []string{"host " + name, "net " + name, "port " + name, "portrange " + name, "ip proto " + name, "ether host " + name, "ifname " + name, name} {
		_, err := bpfc.Compile(filter, bpfc.WithNames(&names.Map{}))
		if err == nil || len(err.Error()) > 600 {
			t.Errorf("%.20s…: an error of %d bytes", filter, len(err.Error()))
		}
	}
}
