package main

import (
	"os"
	"strings"
	"testing"

	"bpfc/linktype"
)

// The committed document must be what the compiler says today.
func TestDocumentIsCurrent(t *testing.T) {
	want, err := document()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../docs/" + fileName)
	if err != nil {
		t.Fatal(err)
	}
	// A checkout may have turned the line ends.
	if g := strings.ReplaceAll(string(got), "\r\n", "\n"); g != want {
		t.Errorf("docs/%s is not what the compiler does: run go generate ./internal/gendocs", fileName)
	}
}

func TestAnswers(t *testing.T) {
	for _, tt := range []struct {
		link   linktype.Type
		filter string
		want   answer
	}{
		{linktype.EN10MB, "ip", tests}, {linktype.RAW, "arp", never}, {linktype.USER0, "ip", refused},
		{linktype.EN10MB, "inbound", live}, {linktype.LINUX_SLL, "inbound", tests}, {linktype.RAW, "vlan", refused},
	} {
		if got, err := ask(tt.link, tt.filter); got != tt.want || err != nil {
			t.Errorf("%s %q: %q, %v; want %q", tt.link, tt.filter, got, err, tt.want)
		}
	}
	if _, err := ask(linktype.EN10MB, "vlan 5000"); err == nil {
		t.Error("an example that is wrong in itself is taken for one that does not apply")
	}
	if _, err := answers(linktype.EN10MB, []column{{"", []string{"ip", "type mgt"}}}); err == nil {
		t.Error("filters of a column disagree without notice")
	}
}
