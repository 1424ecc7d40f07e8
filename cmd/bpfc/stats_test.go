package main

import (
	"path/filepath"
	"runtime"
	"slices"
	"testing"
)

// The table of a large file is the same on one core, on several, and packet after packet, which -c asks for.
func TestStatsOnSeveralCores(t *testing.T) {
	dir := t.TempDir()
	var args []string
	for range 20 {
		args = append(args, "-r", packetsFile)
	}
	file := filepath.Join(dir, "large.pcap")
	for range 2 {
		if got := exec(t, "", append(args, "filter", "-w", file, "")...); got.status != exitOK {
			t.Fatalf("%+v", got)
		}
		args = slices.Concat([]string{"-r", file}, slices.Repeat([]string{"-r", file}, 5))
		file = filepath.Join(dir, "larger.pcap")
	}
	ng := filepath.Join(dir, "larger.pcapng.gz")
	if got := exec(t, "", "filter", "-r", file, "-w", ng, ""); got.status != exitOK {
		t.Fatalf("%+v", got)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, input := range []string{file, ng, dir} {
		for _, expr := range []string{"", "tcp or arp"} {
			command := []string{"stats", "-r", input, expr}
			runtime.GOMAXPROCS(1)
			one := exec(t, "", command...)
			runtime.GOMAXPROCS(4)
			several, serial := exec(t, "", command...), exec(t, "", append(command, "-c", "1000000000")...)
			if one.status != exitOK || len(one.stdout) < 500 || several != one || serial != one {
				t.Errorf("%q: %+v\nseveral: %+v\none after the other: %+v", command, one, several, serial)
			}
		}
	}
}
