package names

import "testing"

func TestLiteralHost(t *testing.T) {
	for name, want := range map[string]string{
		"127.0.0.1": "127.0.0.1", "10.1": "10.0.0.1", "10.1.2": "10.1.0.2", "10": "0.0.0.10", "0x7f000001": "127.0.0.1",
		"0X7F.1": "127.0.0.1", "010.1": "8.0.0.1", "4294967295": "255.255.255.255", "1.65536": "1.1.0.0",
		"::1": "::1", "fe80::a": "fe80::a", "::ffff:1.2.3.4": "::ffff:1.2.3.4",
		"": "", "localhost": "", "1.2.3.4.5": "", "1.2.3.4.": "", ".1": "", "1..2": "", "256.1": "", "1.2.3.256": "", "08.1": "",
		"4294967296": "", "0x": "", "1_0": "", "0b1": "", "+1": "", "-1": "", "0x+1": "", "fe80::1%eth0": "", "a:b": "",
	} {
		got := ""
		if a, ok := LiteralHost(name); ok {
			got = a.String()
		}
		if got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestLiteralPort(t *testing.T) {
	for name, want := range map[string]int{"80": 80, "080": 80, "0": 0, "65535": 65535, "65536": -1, "": -1, "80a": -1, "0x50": -1, "-1": -1, "+1": -1, "http": -1} {
		got := -1
		if p, ok := LiteralPort(name); ok {
			got = int(p)
		}
		if got != want {
			t.Errorf("%q: %d, want %d", name, got, want)
		}
	}
}

func TestLiteralNetmask(t *testing.T) {
	good := map[string]uint32{"255.255.255.0": 0xffffff00, "0xffff0000": 0xffff0000, "0XFF000000": 0xff000000, "/24": 0xffffff00, "/0": 0, "/32": 0xffffffff, "0.0.0.0": 0}
	for in, want := range good {
		if got, err := LiteralNetmask(in); err != nil || got != want {
			t.Errorf("%s: %#x, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "x", "/33", "/-1", "0x1ffffffff", "255.255.255", "::1", "24", "/"} {
		if got, err := LiteralNetmask(in); err == nil {
			t.Errorf("%q is taken for %#x", in, got)
		}
	}
}
