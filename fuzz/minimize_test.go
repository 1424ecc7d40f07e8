package fuzz

import "testing"

func TestSpaced(t *testing.T) {
	for _, c := range []struct {
		tokens []string
		want   string
	}{
		{[]string{"host", " ", "::1", "or", " ", "ip6"}, "host ::1 or ip6"},
		{[]string{"ip", "[", "0", ":", "2", "]", "=", "1"}, "ip[0 : 2]=1"},
		{[]string{" ", "!", "(", "tcp", ")", "  "}, "!(tcp)"},
	} {
		if got := spaced(c.tokens); got != c.want {
			t.Errorf("%q: %q, want %q", c.tokens, got, c.want)
		}
	}
	for _, e := range []string{"tcp port 80 and not (ip[2:2] > 5)", "net 10.0.0.0/8 or ether host 0:1:2:3:4:5", "portrange 1-2&&len<<2!=7"} {
		if got := spaced(reToken().FindAllString(e, -1)); got != e {
			t.Errorf("%q becomes %q", e, got)
		}
	}
}
