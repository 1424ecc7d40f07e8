// Law: links change places only if failing is what their goal does.

package optimizer

import (
	"slices"

	"bpfc/ir"
)

// trail lets links come last that can be shared with others then: where a port is
// looked for in IPv4 and IPv6 packets, and in those of IPv4 a host, too, the host
// comes first, so that what is behind the ports is the same.
func (p *program) trail() {
	if p.g.Vars+1 > mostVars || len(p.nodes) > mostRejoined || !p.resembling() {
		return
	}
	j := p.rejoiner()
	parts, alike := j.exitParts([]ref{reject})
	for i := range parts {
		for _, k := range alike[parts[i].shape] {
			if c := j.trailing(&parts[i], &parts[k]); c != nil {
				l := p.likelihood()
				l.plans = map[ref]*plan{parts[i].head: c}
				for _, k := range c.links {
					for _, m := range k.inside {
						l.nodes[m].owner = k
					}
				}
				l.move()
				return
			}
		}
	}
}

// trailing returns the order in which part a comes last of its chain, if it can
// be shared with b then.
func (j *rejoiner) trailing(a, b *exitPart) *plan {
	if a.head == b.head || a.next == b.next || !j.s.match(&j.s.trial, pair{a.head, b.head}, inStarts, pair{a.next, b.next}) || j.s.saved(&j.s.trial) <= 0 {
		return nil
	}
	links := j.p.regions().chain(a.head, reject, b.next)
	at := slices.IndexFunc(links, func(l link) bool { return l.next == a.next }) + 1
	if at < 1 || at == len(links) || links[len(links)-1].next != b.next {
		return nil
	}
	c := &plan{last: b.next}
	for _, k := range slices.Concat(links[at:], links[:at]) {
		c.links = append(c.links, &planned{link: k})
	}
	for _, k := range c.links {
		for _, n := range k.inside {
			if j.p.nodes[n].kind != ir.Test {
				return nil
			}
		}
	}
	return c
}
