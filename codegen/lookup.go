package codegen

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"

	"bpfc/ast"
	"bpfc/diag"
	"bpfc/names"
)

// linkProtocols are the names that "link proto" takes, beside numbers.
var linkProtocols = map[string]uint32{
	"aarp": etherAARP, "arp": etherARP, "atalk": etherAtalk, "decnet": etherDECnet, "ip": etherIP, "ip6": etherIPv6,
	"lat": etherLAT, "lldp": etherLLDP, "loopback": etherLoopback, "mopdl": etherMOPDL, "moprc": etherMOPRC, "rarp": etherRARP, "sca": etherSCA,
	"slow": etherSlow,
	"iso":  sapISO, "stp": sapSTP, "ipx": sapIPX, "netbeui": sapNetBEUI,
}

var isoProtocolNames = map[string]uint32{"esis": nlpidESIS, "isis": nlpidISIS, "clnp": nlpidCLNP}

// protocolNumber looks a protocol up by the qualifier before proto.
func (g *generator) protocolNumber(q *ast.Qualified, name string) (uint32, bool) {
	var table map[string]uint32
	switch q.Proto {
	case ast.NoProto, ast.IP, ast.IP6:
		n, err := g.opts.Names.Protocol(g.ctx, name)
		if err != nil {
			g.unknownName("protocol", name, err)
			return 0, false
		}
		return uint32(n), true
	case ast.Link:
		table = linkProtocols
	case ast.ISO:
		table = isoProtocolNames
	}
	if n, ok := table[name]; ok {
		return n, true
	}
	g.fail(diag.Unknown, "unknown value '%s' of '%s %s'", name, q.Proto, q.Type)
	candidates := make([]string, 0, len(table))
	for n := range table {
		candidates = append(candidates, n)
	}
	near := diag.Nearest(name, candidates)
	if _, ok := table[ast.Usual(name)]; ok {
		near = ast.Usual(name)
	}
	if near != "" {
		g.hint("did you mean '%s'?", near)
	}
	return 0, false
}

// unknownName reports a failed lookup.
func (g *generator) unknownName(what, name string, err error) *cond {
	if g.err != nil {
		return condFalse
	}
	switch {
	case names.IsNotFound(err):
		g.fail(diag.Unknown, "unknown %s '%s'", what, name)
	case names.IsTimeout(err):
		g.fail(diag.Timeout, "nobody said in time what %s '%s' is", what, name)
		if !errors.Is(err, context.DeadlineExceeded) {
			err = errors.Join(err, context.DeadlineExceeded)
		}
	default:
		g.fail(diag.Lookup, "cannot look up %s '%s': %v", what, name, err)
	}
	g.err.Because(err)
	var missing *names.NotFoundError
	if errors.As(err, &missing) && missing.Suggestion != "" {
		g.hint("did you mean '%s'?", missing.Suggestion)
	}
	switch written := ast.Usual(name); {
	case what != "host":
	case strings.Contains(written, " "): // "host a or http"
		g.hint(`the protocol is written "%s"`, written)
	case regexp.MustCompile(`^\d+\.\d+\.\d+\.\d+-\d`).MatchString(name):
		g.hint(`there are no ranges of addresses: write the network, as in "net 10.0.0.0/24", or its parts`)
	}
	return condFalse
}

// parseNumber reads a number as the language has it: decimal, octal after 0,
// hexadecimal after 0x.
func parseNumber(s string) (uint32, bool) {
	if s == "" || s[0] < '0' || s[0] > '9' {
		return 0, false
	}
	for i := 0; i < len(s); i++ {
		if s[i] == '_' || i == 1 && (s[i] == 'b' || s[i] == 'o' || s[i] == 'B' || s[i] == 'O') {
			return 0, false // Go's additions
		}
	}
	n, err := strconv.ParseUint(s, 0, 32)
	return uint32(n), err == nil
}
