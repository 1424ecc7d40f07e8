package main

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// initLine is what the runtime says of a package that it initializes.
var initLine = regexp.MustCompile(`(?m)^init (\S+) @.* clock, (\d+) bytes, \d+ allocs$`)

// What packages make when the program starts is made each time for whoever asks for the version. Tables are laid out by the
// linker or made by who first looks into them (sync.OnceValue), and what serves over a network is no part of the program.
func TestStart(t *testing.T) {
	const most, mostTogether = 128 << 10, 448 << 10 // bytes allocated by a package of ours, and by all of them
	p := newProcess(t, "version")
	p.Env = append(p.Env, "GODEBUG=inittrace=1")
	p.Stderr = p.stderr
	if err := p.Run(); err != nil {
		t.Fatal(err, p.stderr)
	}
	packages, together := 0, 0
	for _, m := range initLine.FindAllStringSubmatch(p.stderr.String(), -1) {
		name := m[1]
		if name == "net/http" || name == "crypto/tls" {
			t.Errorf("%s is part of the program", name)
		}
		if name != "main" && !strings.HasPrefix(name, "bpfc") { // "main" is the tests'
			continue
		}
		n, err := strconv.Atoi(m[2])
		if err != nil {
			t.Fatal(err)
		}
		packages, together = packages+1, together+n
		if n > most {
			t.Errorf("%s allocates %d bytes before main, more than %d", name, n, most)
		}
	}
	if packages < 10 || together > mostTogether {
		t.Errorf("%d packages allocate %d bytes before main; at most %d", packages, together, mostTogether)
	}
	t.Logf("%d packages, %d bytes", packages, together)
}
