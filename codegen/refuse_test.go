package codegen_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"regexp"
	"strings"
	"testing"

	"bpfc/ast"
	"bpfc/codegen"
	"bpfc/diag"
	"bpfc/linktype"
	"bpfc/names"
	"bpfc/parser"
)

// refusals are filters in the language that the code generator refuses: the
// kind, the span of text that the error is about, what its message says and, if
// given, its hint.
var refusals = []struct {
	link    linktype.Type
	filter  string
	kind    diag.Kind
	span    string
	message string
	hint    string
}{
	// Values that their fields cannot hold.
	{linktype.EN10MB, "tcp and port 65536", diag.Range, "port 65536", "65536 is greater than 65535", ""},
	{linktype.EN10MB, "portrange 1-65536", diag.Range, "portrange 1-65536", "65536 is greater than 65535", ""},
	{linktype.EN10MB, "ip proto 256", diag.Range, "ip proto 256", "256 is greater than 255", ""},
	{linktype.EN10MB, "ip6 proto 256", diag.Range, "ip6 proto 256", "256 is greater than 255", ""},
	{linktype.EN10MB, "ip proto too-big", diag.Range, "ip proto too-big", "300 is greater than 255", ""},
	{linktype.EN10MB, "ip protochain 256", diag.Range, "ip protochain 256", "256 is greater than 255", ""},
	{linktype.EN10MB, "ether proto 65536", diag.Range, "ether proto 65536", "EtherType 65536 is greater than 65535", ""},
	{linktype.EN10MB, "ether proto 300", diag.Range, "ether proto 300", "access point 300 is greater than 255", ""},
	{linktype.LINUX_SLL, "ether proto 300", diag.Range, "ether proto 300", "access point 300 is greater than 255", ""},
	{linktype.FDDI, "ether proto 300", diag.Range, "ether proto 300", "access point 300 is greater than 255", ""},
	{linktype.PPP, "ether proto 65536", diag.Range, "ether proto 65536", "PPP protocol 65536", ""},
	{linktype.C_HDLC, "ether proto 65536", diag.Range, "ether proto 65536", "HDLC protocol 65536", ""},
	{linktype.EN10MB, "iso proto 256", diag.Range, "iso proto 256", "256 is greater than 255", ""},
	{linktype.EN10MB, "isis proto 32", diag.Range, "isis proto 32", "32 is greater than 31", ""},
	{linktype.EN10MB, "ip or vlan 4096", diag.Range, "vlan 4096", "4096 is greater than 4095", ""},
	{linktype.EN10MB, "mpls 1048576", diag.Range, "mpls 1048576", "1048576 is greater than 1048575", ""},
	{linktype.EN10MB, "pppoes 65536", diag.Range, "pppoes 65536", "65536 is greater than 65535", ""},
	{linktype.EN10MB, "geneve 16777216", diag.Range, "geneve 16777216", "16777216 is greater than 16777215", ""},
	{linktype.EN10MB, "vxlan 16777216", diag.Range, "vxlan 16777216", "16777216 is greater than 16777215", ""},
	{linktype.EN10MB, "byte 0 = 256", diag.Range, "byte 0 = 256", "256 is greater than 255", ""},
	{linktype.SUNATM, "vpi 256", diag.Range, "vpi 256", "256 is greater than 255", ""},
	{linktype.SUNATM, "vci > 65536", diag.Range, "vci > 65536", "65536 is greater than 65535", ""},
	{linktype.MTP2, "sio 256", diag.Range, "sio 256", "256 is greater than 255", ""},
	{linktype.MTP2, "opc 16384", diag.Range, "opc 16384", "16384 is greater than 16383", ""},
	{linktype.MTP2, "dpc (1 or 16384)", diag.Range, "dpc (1 or 16384)", "16384 is greater than 16383", ""},
	{linktype.MTP2, "hsls > 16", diag.Range, "hsls > 16", "16 is greater than 15", ""},
	{linktype.IEEE802_11, "dir 4", diag.Range, "dir 4", "0x4 is not a direction", ""},
	{linktype.PFLOG, "ifname abcdefghijklmnop", diag.Range, "ifname abcdefghijklmnop", "longer than the 15 bytes", ""},

	// Arithmetic that cannot be meant. The first constant of a divisor counts
	// for its value, wherever the rest leads.
	{linktype.EN10MB, "len / 0 = 1", diag.Range, "0", "division by zero", ""},
	{linktype.EN10MB, "ip and len % 0 = 1", diag.Range, "0", "division by zero", ""},
	{linktype.EN10MB, "len / (0 + 5) = 1", diag.Range, "0 + 5", "division by zero", ""},
	{linktype.EN10MB, "len / (5 - 5) = 1", diag.Range, "5 - 5", "division by zero", ""},
	{linktype.EN10MB, "len / link[0] = 1", diag.Range, "link[0]", "division by zero", ""},
	{linktype.EN10MB, "len << 32 = 1", diag.Range, "32", "shift by 32 bits", ""},
	{linktype.EN10MB, "len >> (33 - 32) = 1", diag.Range, "33 - 32", "shift by 33 bits", ""},
	{linktype.EN10MB, "ip[0:3] = 1", diag.Range, "3", "3 bytes cannot be loaded at once", "1, 2 or 4"},
	{linktype.EN10MB, "len > 5 and ip[0:0] = 1", diag.Range, "0", "0 bytes cannot be loaded at once", "1, 2 or 4"},

	// Addresses.
	{linktype.EN10MB, "net 10.1.2.3/8", diag.Range, "net 10.1.2.3/8", "bits set outside", "10.0.0.0"},
	{linktype.EN10MB, "net 10.0.0.1 mask 255.0.0.0", diag.Range, "net 10.0.0.1 mask 255.0.0.0", "bits set outside", "10.0.0.0"},
	{linktype.EN10MB, "net 10.0.0.0/33", diag.Range, "net 10.0.0.0/33", "33 is greater than 32", ""},
	{linktype.EN10MB, "net 2001:db8::1/32", diag.Range, "net 2001:db8::1/32", "bits set outside", "2001:db8::/32"},
	{linktype.EN10MB, "net 2001:db8::/129", diag.Range, "net 2001:db8::/129", "129 is greater than 128", ""},
	{linktype.EN10MB, "host 10.1.2.300", diag.Range, "host 10.1.2.300", "not an IPv4 address", "0 to 255"},
	{linktype.EN10MB, "decnet host 64.1", diag.Range, "decnet host 64.1", "not a DECnet address", "63"},
	{linktype.EN10MB, "decnet host 1.1024", diag.Range, "decnet host 1.1024", "not a DECnet address", "1023"},
	{linktype.EN10MB, "host 2001:db8::/32", diag.Qualifier, "host 2001:db8::/32", "does not apply to a network", "net"},
	{linktype.EN10MB, "host 10.0.0.0/8", diag.Qualifier, "host 10.0.0.0/8", "does not apply to a network", "net"},
	{linktype.EN10MB, "ether host 10.0.0.1", diag.Qualifier, "ether host 10.0.0.1", "not a link-layer address", "00:11:22:33:44:55"},
	{linktype.EN10MB, "host 00:11:22:33:44:55", diag.Qualifier, "host 00:11:22:33:44:55", "ether host", "ether src"},
	{linktype.EN10MB, "host $05", diag.Qualifier, "host $05", "link host", "link host $05"},

	// Qualifiers that a primitive does not take.
	{linktype.EN10MB, "arp port 80", diag.Qualifier, "arp port 80", "'arp' does not apply to 'port'", "tcp, udp and sctp"},
	{linktype.EN10MB, "icmp portrange 1-2", diag.Qualifier, "icmp portrange 1-2", "'icmp' does not apply to 'portrange'", "tcp, udp and sctp"},
	{linktype.EN10MB, "tcp port datagram", diag.Qualifier, "tcp port datagram", "service of udp only", ""},
	{linktype.EN10MB, "udp port stream", diag.Qualifier, "udp port stream", "service of tcp only", ""},
	{linktype.EN10MB, "udp portrange 25-stream", diag.Qualifier, "udp portrange 25-stream", "'stream' is a service of tcp only", ""},
	{linktype.EN10MB, "udp portrange stream-25", diag.Qualifier, "udp portrange stream-25", "'stream' is a service of tcp only", ""},
	{linktype.EN10MB, "udp portrange stream-stream", diag.Qualifier, "udp portrange stream-stream", "'stream' is a service of tcp only", ""},
	{linktype.EN10MB, "udp src portrange stream-both", diag.Qualifier, "udp src portrange stream-both", "'stream' is a service of tcp only", ""},
	{linktype.EN10MB, "tcp portrange 1-datagram", diag.Qualifier, "tcp portrange 1-datagram", "'datagram' is a service of udp only", ""},
	{linktype.EN10MB, "tcp portrange stream-datagram", diag.Qualifier, "tcp portrange stream-datagram", "'datagram' is a service of udp only", ""},
	{linktype.EN10MB, "sctp portrange datagram-both", diag.Qualifier, "sctp portrange datagram-both", "'datagram' is a service of udp only", ""},
	{linktype.EN10MB, "sctp port datagram", diag.Qualifier, "sctp port datagram", "service of udp only", ""},
	{linktype.EN10MB, "tcp proto 6", diag.Qualifier, "tcp proto 6", "'tcp' does not apply to 'proto'", ""},
	{linktype.EN10MB, "arp protochain 6", diag.Qualifier, "arp protochain 6", "'arp' does not apply to 'protochain'", ""},
	{linktype.EN10MB, "ip6 gateway router", diag.Qualifier, "ip6 gateway router", "'ip6' does not apply to 'gateway'", ""},
	{linktype.EN10MB, "tcp broadcast", diag.Qualifier, "tcp broadcast", "'tcp' does not apply to 'broadcast'", ""},
	{linktype.EN10MB, "arp multicast", diag.Qualifier, "arp multicast", "'arp' does not apply to 'multicast'", ""},
	{linktype.EN10MB, "decnet port 5", diag.Qualifier, "decnet port 5", "'decnet' does not apply to 'port'", ""},
	{linktype.EN10MB, "decnet host router", diag.Qualifier, "decnet host router", "decnet", ""},
	{linktype.EN10MB, "addr1 host 10.0.0.1", diag.Qualifier, "addr1 host 10.0.0.1", "802.11 addresses only", ""},
	{linktype.EN10MB, "l1 and ip and ah[0] = 1", diag.Qualifier, "ah[0]", "'ah' cannot be addressed", ""},
	{linktype.EN10MB, "radio", diag.Qualifier, "radio", "'radio' alone", "radio[offset:size]"},

	// Names that nothing knows.
	{linktype.EN10MB, "host nowhere", diag.Unknown, "host nowhere", "unknown host 'nowhere'", ""},
	{linktype.EN10MB, "ip and host routr", diag.Unknown, "host routr", "unknown host 'routr'", "did you mean 'router'?"},
	{linktype.EN10MB, "net nowhere", diag.Unknown, "net nowhere", "unknown network 'nowhere'", ""},
	{linktype.EN10MB, "net default", diag.Unknown, "net default", "0.0.0.0", ""},
	{linktype.EN10MB, "port nowhere", diag.Unknown, "port nowhere", "unknown port 'nowhere'", ""},
	{linktype.EN10MB, "port neither", diag.Unknown, "port neither", "no TCP or UDP service", ""},
	{linktype.EN10MB, "ip proto nowhere", diag.Unknown, "ip proto nowhere", "unknown protocol 'nowhere'", ""},
	{linktype.EN10MB, `ether proto \atlk`, diag.Unknown, `ether proto \atlk`, "'atlk'", "did you mean 'atalk'?"},
	{linktype.EN10MB, `iso proto \ip`, diag.Unknown, `iso proto \ip`, "'ip'", ""},
	{linktype.EN10MB, "gateway server", diag.Unknown, "gateway server", "unknown ethernet host 'server'", ""},
	{linktype.EN10MB, "ip6 host router", diag.Unknown, "ip6 host router", "no address that 'ip6' could match", ""},
	{linktype.EN10MB, "ip host six", diag.Unknown, "ip host six", "no address that 'ip' could match", ""},
	{linktype.EN10MB, "portrange both", diag.Syntax, "portrange both", "no hyphen", ""},
	{linktype.EN10MB, "portrange 10-20-30", diag.Syntax, "portrange 10-20-30", "more than one hyphen", "as numbers"},

	// What the link-layer type does not have.
	{linktype.RAW, "ether host 00:11:22:33:44:55", diag.Unsupported, "ether host 00:11:22:33:44:55", "RAW", ""},
	{linktype.RAW, "ip or broadcast", diag.Unsupported, "broadcast", "RAW", ""},
	{linktype.RAW, "vlan", diag.Unsupported, "vlan", "RAW", ""},
	{linktype.RAW, "mpls", diag.Unsupported, "mpls", "RAW", ""},
	{linktype.RAW, "llc", diag.Unsupported, "llc", "RAW", ""},
	{linktype.FDDI, "vlan", diag.Unsupported, "vlan", "FDDI", ""},
	{linktype.PPI, "vlan", diag.Unsupported, "vlan", "PPI", ""},
	{linktype.MTP3, "tcp port 80", diag.Unsupported, "tcp port 80", "MTP3", "link[offset:size]"},
	{linktype.USER0, "not ip", diag.Unsupported, "ip", "USER0", "link[offset:size]"},
	{linktype.BACNET_MS_TP, "multicast", diag.Unsupported, "multicast", "BACNET_MS_TP", ""},
	{linktype.EN10MB, "link host $05", diag.Unsupported, "link host $05", "EN10MB", ""},
	{linktype.EN10MB, "type mgt", diag.Unsupported, "type mgt", "EN10MB", ""},
	{linktype.EN10MB, "subtype beacon", diag.Unsupported, "subtype beacon", "EN10MB", ""},
	{linktype.EN10MB, "dir nods", diag.Unsupported, "dir nods", "EN10MB", ""},
	{linktype.EN10MB, "lane", diag.Unsupported, "lane", "EN10MB", ""},
	{linktype.EN10MB, "vpi 5", diag.Unsupported, "vpi 5", "EN10MB", ""},
	{linktype.EN10MB, "fisu", diag.Unsupported, "fisu", "EN10MB", ""},
	{linktype.EN10MB, "ifname em0", diag.Unsupported, "ifname em0", "EN10MB", ""},
	{linktype.Type(999), "less 100", diag.Unsupported, "", "999", ""},
	{linktype.EN10MB, "radio[0] = 1", diag.Unsupported, "radio[0]", "no radio header", ""},
	{linktype.PPI, "radio[0] = 1", diag.Unsupported, "radio[0]", "no radio header", ""},
	{linktype.IEEE802_11, "protochain 6", diag.Unsupported, "protochain 6", "variable length", ""},
	{linktype.EN10MB, "inbound", diag.Unsupported, "inbound", "EN10MB", "read from the kernel"},
	{linktype.EN10MB, "ip and outbound", diag.Unsupported, "outbound", "EN10MB", "read from the kernel"},
	{linktype.EN10MB, "ifindex 3", diag.Unsupported, "ifindex 3", "EN10MB", "read from the kernel"},
	{linktype.EN10MB, "ip broadcast", diag.Unsupported, "ip broadcast", "netmask", "give the netmask"},

	// Within MPLS nothing tells more than the version of IP.
	{linktype.EN10MB, "mpls and vlan", diag.Unsupported, "vlan", "within MPLS", ""},
	{linktype.EN10MB, "mpls and arp", diag.Unsupported, "arp", "only IPv4 and IPv6", "before mpls"},
	{linktype.EN10MB, "mpls and gateway router", diag.Unsupported, "gateway router", "within MPLS", ""},
	{linktype.EN10MB, "geneve and gateway router", diag.Unsupported, "gateway router", "Geneve", ""},
	{linktype.EN10MB, "mpls and pppoes", diag.Unsupported, "pppoes", "only IPv4 and IPv6", ""},

	// Link-layer types that an encapsulation puts in force.
	{linktype.EN10MB, "pppoes and vlan", diag.Unsupported, "vlan", "PPP", ""},
	{linktype.EN10MB, "pppoes and ether host 00:11:22:33:44:55", diag.Unsupported, "ether host 00:11:22:33:44:55", "PPP", ""},
}

func TestRefused(t *testing.T) {
	for _, tt := range refusals {
		_, err := generate(t, tt.filter, options(on(tt.link)))
		e := diag.As(err)
		switch {
		case err == nil:
			t.Errorf("%s %q: accepted", tt.link, tt.filter)
			continue
		case e == nil:
			t.Errorf("%s %q: not a *diag.Error: %v", tt.link, tt.filter, err)
			continue
		}
		if e.Kind != tt.kind || !strings.Contains(e.Msg, tt.message) || !strings.Contains(e.Hint, tt.hint) {
			t.Errorf("%s %q: %s: %s; %s\nwant %s: %q; %q", tt.link, tt.filter, e.Kind, e.Msg, e.Hint, tt.kind, tt.message, tt.hint)
		}
		if got := tt.filter[e.Pos:e.End]; got != tt.span {
			t.Errorf("%s %q: the error is about %q, want %q", tt.link, tt.filter, got, tt.span)
		}
	}
}

// A divisor whose first constant is not zero is accepted, whatever it comes to:
// a division by zero rejects the packet.
func TestDivisorNotConstant(t *testing.T) {
	for _, filter := range []string{"len / (5 - len) = 1", "len / (1 - 1 + len) = 1", "len / len = 1", "len / link[4] = 1"} {
		mustGenerate(t, filter, options())
	}
}

// What only folding shows is refused where libpcap's optimizer would run.
func TestFoldedOperands(t *testing.T) {
	unoptimized := func(o *codegen.Options) { o.Unoptimized = true }
	for _, filter := range []string{"len / (5 - 5) = 1", "len << (16 + 16) = 1", "len >> -1 = 0"} {
		if _, err := generate(t, filter, options()); err == nil {
			t.Errorf("%s: accepted", filter)
		}
		mustGenerate(t, filter, options(unoptimized))
		mustGenerate(t, filter, options(on(linktype.PRISM_HEADER)))
		mustGenerate(t, "ip and "+filter, options(on(linktype.IEEE802_11)))
		mustGenerate(t, filter+" or geneve", options())
		mustGenerate(t, filter+" or ip protochain 6", options())
	}
	for _, filter := range []string{"len*0 << -1 = 0", "(len & 0) >> -1 = 0", "0/1/(len*0) = 0", "(7 << -1)/(1 - 1) = 0"} {
		if _, err := generate(t, filter, options()); err == nil {
			t.Errorf("%s: accepted", filter)
		}
	}
	// A constant that is shifted too far is 0, and so is a 0 that is not one yet.
	for _, filter := range []string{"7 << -14 != 14", "0*len >> -1 = 0", "(0 & len | 1) << -1 = 0", "-(0*len) << (16 + 16) = 0"} {
		mustGenerate(t, filter, options())
	}
	// It does not matter what is wrong with a test that is left out.
	mustGenerate(t, "ip or arp[22] << -1 > 0", options(on(linktype.IPV4)))
	for _, filter := range []string{"len / 0 = 1", "len << 32 = 1"} {
		if _, err := generate(t, filter, options(unoptimized)); err == nil {
			t.Errorf("%s: accepted without the optimizer", filter)
		}
	}
}

// nested is arithmetic that keeps n values in flight.
func nested(n int) string {
	return strings.Repeat("1 - (", n-1) + "len" + strings.Repeat(")", n-1) + " > 0"
}

// An expression that needs more scratch words than a BPF machine has is refused,
// however it could be computed with fewer.
func TestScratchLimit(t *testing.T) {
	within, over := 0, 0
	for n := 1; n < 40; n++ {
		_, err := generate(t, nested(n), options())
		switch e := diag.As(err); {
		case err == nil && over > 0:
			t.Fatalf("%d values are accepted, %d are not", n, over)
		case err == nil:
			within = n
		case e == nil || e.Kind != diag.Limit || e.Hint == "":
			t.Fatalf("%d values: %v", n, err)
		case over == 0:
			over = n
		}
	}
	if within != 16 || over != 17 {
		t.Errorf("%d values are accepted, %d refused; want 16 and 17", within, over)
	}
}

// Encapsulations of variable length keep scratch words to the end of the
// program.
func TestScratchOfEncapsulations(t *testing.T) {
	for n, want := range map[int]bool{1: true, 3: true, 5: true, 6: false, 10: false} {
		filter := strings.Repeat("geneve and ", n) + "ip"
		_, err := generate(t, filter, options())
		if e := diag.As(err); (err == nil) != want || err != nil && (e == nil || e.Kind != diag.Limit) {
			t.Errorf("%d nested geneve: %v", n, err)
		}
	}
}

// Each protochain over both versions of IP keeps a scratch word to the end of
// the program, and needs another while it is generated.
func TestScratchOfProtoChains(t *testing.T) {
	for filter, most := range map[string]int{"protochain 6": 15, "ip protochain 6": 40} {
		for n := 1; n <= 40; n++ {
			_, err := generate(t, strings.Repeat(filter+" or ", n-1)+filter, options())
			if e := diag.As(err); (err == nil) != (n <= most) || err != nil && (e == nil || e.Kind != diag.Limit) {
				t.Errorf("%d of %s: %v", n, filter, err)
			}
		}
	}
}

// failing is a resolver that cannot answer.
type failing struct {
	names.Map
	err error
}

func (f failing) Host(context.Context, string) ([]netip.Addr, error) { return nil, f.err }

// A failed lookup that is not the name's fault is not called an unknown name, and one that was not answered in time is
// of a kind of its own, whoever's patience it was.
func TestLookupFails(t *testing.T) {
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	late, cancelLate := context.WithTimeout(context.Background(), 0)
	defer cancelLate()
	tree, err := parser.Parse("host router")
	if err != nil {
		t.Fatal(err)
	}
	timeout := &net.DNSError{Err: "i/o timeout", Name: "router", IsTimeout: true}
	for _, tt := range []struct {
		name  string
		ctx   context.Context
		from  names.Resolver
		kind  diag.Kind
		cause error
	}{
		{"interrupted", cancelled, names.Map{}, diag.Lookup, context.Canceled},
		{"out of time", late, names.Map{}, diag.Timeout, context.DeadlineExceeded},
		{"the resolver is", context.Background(), failing{err: timeout}, diag.Timeout, context.DeadlineExceeded},
		{"and says why", context.Background(), failing{err: timeout}, diag.Timeout, timeout},
		{"wrapped", context.Background(), failing{err: fmt.Errorf("asking: %w", os.ErrDeadlineExceeded)}, diag.Timeout, context.DeadlineExceeded},
		{"broken", context.Background(), failing{err: io.ErrUnexpectedEOF}, diag.Lookup, io.ErrUnexpectedEOF},
	} {
		o := options()
		o.Names = tt.from
		_, err := codegen.Generate(tt.ctx, tree, o)
		if e := diag.As(err); e == nil || e.Kind != tt.kind || !errors.Is(err, tt.cause) || !strings.Contains(e.Msg, "'router'") {
			t.Errorf("%s: %#v", tt.name, err)
		}
	}
}

// Errors do not speak of the flags of a command line, which others than the command do not have.
func TestNoFlagsInErrors(t *testing.T) {
	flag := regexp.MustCompile(`(^|\s)--?[A-Za-z]`)
	for _, tt := range refusals {
		if _, err := generate(t, tt.filter, options(on(tt.link))); err != nil && flag.MatchString(err.Error()) {
			t.Errorf("%s %q: %v", tt.link, tt.filter, err)
		}
	}
	for filter, want := range map[string]diag.Option{
		"inbound": diag.LinuxExtensions, "ifindex 2": diag.LinuxExtensions, "ip broadcast": diag.Netmask, "vpi 1": diag.LinkType,
	} {
		o := options(on(linktype.EN10MB))
		o.Netmask = codegen.NetmaskUnknown
		if _, err := generate(t, filter, o); diag.As(err) == nil || diag.As(err).Option != want {
			t.Errorf("%q: %v does not point to %s", filter, err, want)
		}
	}
}

// Every keyword that the tree knows must have code, on some link-layer type.
func TestEveryTestHasCode(t *testing.T) {
	for k := ast.Broadcast; k <= ast.MTPHSls; k++ {
		test := &ast.Test{Kind: k, Op: ast.OpEq, Args: []ast.Arg{{Num: 0, Word: "i", IsWord: true}, {Num: 0}}}
		for _, l := range []linktype.Type{linktype.EN10MB, linktype.IEEE802_11, linktype.SUNATM, linktype.MTP2, linktype.PFLOG, linktype.LINUX_SLL2} {
			_, err := codegen.Generate(context.Background(), test, options(on(l)))
			if e := diag.As(err); e != nil && e.Kind == diag.Internal {
				t.Errorf("test %d on %s: %v", k, l, err)
			}
		}
	}
}

// Nothing that parses may be an internal error or a panic on any type, nor be
// refused without a place in the text.
func TestNoInternalError(t *testing.T) {
	for _, filter := range samples {
		for _, l := range linktype.All() {
			_, err := generate(t, filter, options(on(l), extensions, savefile(codegen.Swapped)))
			if e := diag.As(err); err != nil && (e == nil || e.Kind == diag.Internal || e.Pos >= e.End || e.End > len(filter)) {
				t.Errorf("%s %q: %#v", l, filter, err)
			}
		}
	}
}
