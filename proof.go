package bpfc

import (
	"golang.org/x/net/bpf"

	"bpfc/codegen"
	"bpfc/diag"
	"bpfc/ir"
	"bpfc/prove"
	"bpfc/socket"
)

// WithProof proves of every program that it accepts the packets that the filter accepts
// as the code generator understood it, whatever was captured of them: the optimizer and the emitter
// are not trusted then. Where they differ, the error is of kind diag.Internal and has a
// packet; where that is not decided within the budget of package prove, it is of kind
// diag.Limit. Walks of headers (protochain) are proved for as many headers as
// prove.DefaultBound says. For a socket that shows the packet from its transport header on (WithSocket: UDP, TCP, RawIPv6, Ping), it
// is not the program that is proved but what the optimizer made of the filter, on the IP packet: that package socket/lower and the emitter made of
// this what the socket needs rests on what the kernel shows, against which their tests hold it. For every other kind
// of socket, the program is proved whole. Most programs take less than a millisecond more.
func WithProof() Option { return option(func(o *options) { o.prover = proveProgram }) }

// proveProgram proves a program equal to the graph of a filter, which it generates anew, as
// the optimizer has worked on the first. A program that begins at the transport header cannot be held against the filter: it is
// what the optimizer made that is proved equal then.
func proveProgram(o *options, expr string, optimized *ir.Graph, code []bpf.RawInstruction) error {
	tree, err := o.parse(expr)
	if err != nil {
		return err
	}
	generated, err := codegen.Generate(o.ctx, tree, o.codegen)
	if err != nil {
		return err
	}
	if o.lower != nil && o.socket.Start() == socket.TransportHeader {
		best, err := prove.FromGraph(optimized)
		if err != nil {
			return diag.New(diag.Internal, 0, 0, "the optimized graph is not well formed: %v", err)
		}
		return proveEqual(o, generated, best)
	}
	program, err := prove.FromProgram(code)
	if err != nil {
		return diag.New(diag.Internal, 0, 0, "the program is not well formed: %v", err)
	}
	return proveEqual(o, generated, program)
}

func proveEqual(o *options, g *ir.Graph, got *prove.Filter) error {
	want, err := prove.FromGraph(g)
	if err != nil {
		return diag.New(diag.Internal, 0, 0, "the decision graph of the filter is not well formed: %v", err)
	}
	answer := prove.Compare(o.ctx, want, got, prove.Options{})
	switch {
	case answer.Relation == prove.Equal:
		return nil
	case answer.OnlyA != nil:
		return differs("rejects", "accepts", answer.OnlyA)
	case answer.OnlyB != nil:
		return differs("accepts", "rejects", answer.OnlyB)
	}
	return diag.New(diag.Limit, 0, 0, "not proved that the program does what the filter says: %s", answer.Reason)
}

func differs(program, filter string, p *prove.Packet) error {
	return diag.New(diag.Internal, 0, 0, "the program %s a packet that the filter %s: %x, of %d bytes on the wire", program, filter, p.Data, p.WireLen)
}
