package fuzz

import (
	"fmt"
	"time"
)

// Verifier holds one filter against every engine and compiler on packets of the caller's, such as those of a capture file. Not
// for concurrent use.
type Verifier struct {
	c        *campaign
	expr     string
	subjects map[CompileOptions]subject
}

// NewVerifier prepares for a filter. Of the configuration, what says how packets are to be made does not matter.
func NewVerifier(expr string, cfg Config) (*Verifier, error) {
	c, err := newCampaign(cfg)
	if err != nil {
		return nil, err
	}
	c.began = time.Now()
	return &Verifier{c: c, expr: expr, subjects: map[CompileOptions]subject{}}, nil
}

// Check runs the packets, all of one link-layer type and origin, through everything. It returns the differences that no row
// of the table explains, with the packets' indexes, and an error if the compiler under test refuses the filter or a
// reference fails.
func (v *Verifier) Check(o CompileOptions, pkts []Packet) ([]*Difference, error) {
	s, known := v.subjects[o]
	var found []*Difference
	if !known {
		s, found = v.c.compile(v.expr, o)
		if s.err != nil {
			return nil, s.err
		}
		found = append(found, v.c.accepts(s)...)
		v.subjects[o] = s
		v.c.report.Exprs++
		v.c.report.Accepted++
	}
	v.c.report.Pairs += int64(len(pkts))
	more, err := v.c.judge(s, pkts, true)
	if err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	return v.c.unexplained(append(found, more...)), nil
}

// unexplained counts the known differences and returns the others.
func (c *campaign) unexplained(found []*Difference) []*Difference {
	var rest []*Difference
	for _, d := range found {
		if k, ok := explain(c.cfg.Known, d); ok {
			c.report.Known[k.Name]++
			continue
		}
		rest = append(rest, d)
	}
	return rest
}

// Report is what was done so far.
func (v *Verifier) Report() Report { return v.c.snapshot() }

// Close frees the engines that the verifier opened itself.
func (v *Verifier) Close() { v.c.close() }
