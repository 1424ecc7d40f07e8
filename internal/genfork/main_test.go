package main

import (
	"maps"
	"slices"
	"testing"
)

// What is committed is what is generated.
func TestFresh(t *testing.T) {
	want, err := generate("../../pcap")
	if err != nil {
		t.Fatal(err)
	}
	got, err := generated("../../gopacketfork")
	if err != nil {
		t.Fatal(err)
	}
	if len(want) == 0 {
		t.Fatal("there is nothing to generate")
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if got[name] != want[name] {
			t.Errorf("gopacketfork/%s is not what pcap/%s makes: run go generate ./pcap", name, name)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("gopacketfork/%s comes from nothing: run go generate ./pcap", name)
		}
	}
}
