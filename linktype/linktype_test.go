package linktype

import (
	"strings"
	"testing"

	"bpfc/diag"
)

func TestParse(t *testing.T) {
	tests := []struct {
		in   string
		want Type
	}{
		{"EN10MB", 1}, {"en10mb", EN10MB}, {"DLT_EN10MB", EN10MB}, {"dlt_en10mb", EN10MB}, {"1", EN10MB},
		{"LINUX_SLL2", 276}, {"raw", 12}, {"DECT_NR", 301}, {"0", NULL}, {"65535", 65535},
		{"IPMB_LINUX", 209}, {"i2c_linux", 209}, {" EN10MB ", EN10MB}, {"SLIP_BSDOS", 15}, {"LOOP", 108}, {"ENC", 109}, {"PFSYNC", 246},
	}
	for _, tt := range tests {
		if got, err := Parse(tt.in); err != nil || got != tt.want {
			t.Errorf("Parse(%q) = %v, %v; want %v", tt.in, got, err, tt.want)
		}
	}
}

func TestParseUnknown(t *testing.T) {
	for in, hint := range map[string]string{"EN10BM": "EN10MB", "LINUX_SSL": "LINUX_SLL", "": "DLT_", "-1": "DLT_", "65536": "DLT_", "\x00": "DLT_", strings.Repeat("x", 1<<20): "DLT_"} {
		_, err := Parse(in)
		e := diag.As(err)
		if e == nil || e.Kind != diag.Unknown || !strings.Contains(e.Hint, hint) {
			t.Errorf("Parse(%.20q): %v", in, err)
		}
		if len(e.Msg) > 500 {
			t.Errorf("Parse of a long name: message of %d bytes", len(e.Msg))
		}
	}
}

// Every row must be found by its name and its number, and survive a capture file; the order of rows is what find relies on.
func TestTable(t *testing.T) {
	files := map[uint16]Type{}
	for i, typ := range All() {
		if i > 0 && typ <= rows[i-1].typ {
			t.Errorf("%v is out of order", typ)
		}
		if got, err := Parse(typ.String()); err != nil || got != typ {
			t.Errorf("%v parses as %v, %v", typ, got, err)
		}
		if typ.Description() == "" || !typ.Known() {
			t.Errorf("%v is not described", typ)
		}
		if other, dup := files[typ.FileNumber()]; dup {
			t.Errorf("%v and %v have the same file number", typ, other)
		}
		files[typ.FileNumber()] = typ
		if got := FromFile(typ.FileNumber()); got != typ {
			t.Errorf("%v comes back from a file as %v", typ, got)
		}
	}
	if n := len(All()); n < 169 {
		t.Errorf("%d types, libpcap 1.11 names 169", n)
	}
}

func TestFileNumbers(t *testing.T) {
	for typ, want := range map[Type]uint16{RAW: 101, ATM_RFC1483: 100, SLIP_BSDOS: 102, PPP_BSDOS: 103, ATM_CLIP: 106, EN10MB: 1, C_HDLC: 104, FRELAY: 107, LINUX_SLL2: 276} {
		if got := typ.FileNumber(); got != want {
			t.Errorf("%v: %d, want %d", typ, got, want)
		}
	}
	if FromFile(12) != RAW {
		t.Error("a file that holds the DLT_ number of RAW is not read as RAW")
	}
}

func TestUnnamed(t *testing.T) {
	if s := Type(9999).String(); s != "9999" {
		t.Error(s)
	}
	if s := Type(9999).Description(); s != "DLT 9999" {
		t.Error(s)
	}
	if Type(9999).Known() {
		t.Error("9999 is known")
	}
}

func TestAssigned(t *testing.T) {
	for n, want := range map[Type]bool{0: true, 1: true, 17: false, 103: false, C_HDLC: true, 111: true, DECT_NR: true, DECT_NR + 1: false, 9999: false} {
		if got := n.Assigned(); got != want {
			t.Errorf("%d: %v", n, got)
		}
	}
}
