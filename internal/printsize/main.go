// Command printsize compares how many lines print/ has now with how many it had in an older commit, protocol by protocol: for
// what was printed then, and for what has come since.
//
//	go run ./internal/printsize                 # beside 4f41d15, the last commit before print/ was put in order
//	go run ./internal/printsize -base COMMIT
//
// A file has the protocols that it names for the mark of cut packets ("[|bgp]"): d.Proto = "bgp". Files of the two commits that
// have a protocol in common are one row. A file all of whose protocols are new counts as come since, and so do the few without a
// name of their own that are listed here; what else has no protocol, as the registry and the tables, is a row of its own. Tests do
// not count.
package main

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
)

// since are files of what was not printed in the commit that is the default, but that has a name that was known then, or none. The
// little that was printed of it then stays in the count of then: git grep in that commit shows it.
var since = []string{
	// Parts of protocols of which other parts were printed.
	"print/esp.go", // what ESP has encrypted
	"print/internal/application/ikepayloads.go", // the payloads had their names only
	"print/internal/application/openflow13.go",  // version 1.3
	"print/internal/dissect/forced.go",          // -T
	"print/internal/link/oam.go",                // of the slow protocols, the one that had its name only
	"print/internal/link/wlancodes.go",          // management frames of 802.11
	"print/internal/link/wlanmgmt.go",           // the same
	"print/internal/routing/bgpvpn.go",          // families of BGP that are no prefixes of IP
	"print/internal/routing/ospf3lsa.go",        // the advertisements of OSPFv3 had their heads only
	"print/internal/routing/te.go",              // traffic engineering in OSPF and IS-IS
	// Protocols that had the line of their head only, CFM two lines, HNCP the names of its parts.
	"print/internal/application/dhcp6.go", "print/internal/application/hncp.go", "print/internal/application/lwapp.go", "print/internal/application/radius.go",
	"print/internal/application/rpki.go", "print/internal/link/cfm.go", "print/internal/routing/lmp.go", "print/internal/routing/rip.go", "print/internal/routing/rsvp.go",
	// Link-layer types behind which nothing was printed, and the numbers that these and other new ones share.
	"print/internal/link/juniper.go", "print/internal/link/slip.go", "print/internal/link/usb.go", "print/internal/dissect/enterprises.go",
}

func main() {
	base := flag.String("base", "4f41d15", "the older commit")
	flag.Parse()
	if err := run(*base); err != nil {
		fmt.Fprintln(os.Stderr, "printsize:", err)
		os.Exit(1)
	}
}

// file is one of a commit: its lines and its protocols.
type file struct {
	name      string
	lines     int
	protocols []string
}

// row is what belongs together: lines then and now, and the protocols.
type row struct {
	then, now int
	protocols []string
}

func run(base string) error {
	then, err := filesOf(base)
	if err != nil {
		return err
	}
	now, err := filesOf("HEAD")
	if err != nil {
		return err
	}
	rows, rest, come := join(then, now)
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(b.then, a.then) })
	total := row{rest.then, rest.now, nil}
	for _, r := range rows {
		total.then, total.now = total.then+r.then, total.now+r.now
		fmt.Printf("%6d %6d  %s\n", r.then, r.now, strings.Join(r.protocols, " "))
	}
	fmt.Printf("%6d %6d  what has no protocol of its own\n", rest.then, rest.now)
	fmt.Printf("%6d %6d  for what was printed in %s\n%6s %6d  for protocols that have come since\n", total.then, total.now, base, "", come)
	return nil
}

// join makes rows of files with protocols in common. The files of protocols that have come since are only counted.
func join(then, now []file) (rows []row, rest row, come int) {
	known := map[string]bool{}
	for _, f := range then {
		for _, p := range f.protocols {
			known[p] = true
		}
	}
	add := func(f file, lines row) {
		merged := row{lines.then, lines.now, f.protocols}
		rows = slices.DeleteFunc(rows, func(r row) bool {
			shared := slices.ContainsFunc(r.protocols, func(p string) bool { return slices.Contains(f.protocols, p) })
			if shared {
				merged = row{merged.then + r.then, merged.now + r.now, append(merged.protocols, r.protocols...)}
			}
			return shared
		})
		slices.Sort(merged.protocols)
		merged.protocols = slices.Compact(merged.protocols)
		rows = append(rows, merged)
	}
	for _, f := range then {
		if len(f.protocols) == 0 {
			rest.then += f.lines
		} else {
			add(f, row{then: f.lines})
		}
	}
	for _, f := range now {
		switch old := slices.ContainsFunc(f.protocols, func(p string) bool { return known[p] }); {
		case slices.Contains(since, f.name) || len(f.protocols) > 0 && !old:
			come += f.lines
		case len(f.protocols) == 0:
			rest.now += f.lines
		default:
			add(f, row{now: f.lines})
		}
	}
	return rows, rest, come
}

var protocol = regexp.MustCompile(`(?i)\bproto = "([^"]+)"|tooShort\(d, \w+, "([^"]+)"`)

// filesOf reads the files of print/ in a commit.
func filesOf(commit string) (files []file, err error) {
	list, err := git("ls-tree", "-r", "--name-only", commit, "print")
	if err != nil {
		return nil, err
	}
	for name := range strings.FieldsSeq(list) {
		if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := git("show", commit+":"+name)
		if err != nil {
			return nil, err
		}
		f := file{name: name, lines: strings.Count(text, "\n")}
		for _, m := range protocol.FindAllStringSubmatch(text, -1) {
			f.protocols = append(f.protocols, m[1]+m[2])
		}
		files = append(files, f)
	}
	return files, nil
}

func git(args ...string) (string, error) {
	out, err := exec.Command("git", args...).Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w (is this a checkout with its history?)", args[0], err)
	}
	return string(out), nil
}
