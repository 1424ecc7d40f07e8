package bpfc

import (
	"fmt"
	"math"

	"bpfc/ast"
	"bpfc/codegen"
	"bpfc/diag"
	"bpfc/ir"
	"bpfc/linktype"
	"bpfc/socket"
	"bpfc/socket/lower"
)

// WithSocket compiles for a kind of Linux socket, to be attached to one: each kind shows its program another start of
// the packet. The filter means what it means on the IP packet (link-layer type RAW), `len` included, whatever the socket shows of
// it; package socket says what each kind has. capture.SocketKind asks a socket for its kind.
//
// Such a program runs in the kernel only, unless the kind shows the packet from the IP header on. It keeps a packet that
// matches whole; [WithSnapLen] counts from where the socket's data start, and is refused for TCP, where what is cut off is
// sent again and again. [Graph] stays that of the IP packet. What the socket does not show is refused: link-layer headers, and any header on a UNIX socket.
func WithSocket(k socket.Kind) Option {
	return option(func(o *options) { o.socket, o.checkSocket, o.lower = k, checkSocket, lowerForSocket })
}

// Socket returns the kind of socket that the program was compiled for: socket.Packet unless [WithSocket] said otherwise.
func (p *Program) Socket() socket.Kind { return p.socket }

// errInProcess is for who wants to run a program on packets that no socket shows.
func errInProcess(k socket.Kind) error {
	return fmt.Errorf("a program for %s runs in the kernel only: compile the filter for link-layer type RAW to run it on IP packets", k.Description())
}

// socketDefaults sets what the options have left to the kind of socket.
func (o *options) socketDefaults() {
	t, ok := o.socket.LinkType()
	if !ok {
		return
	}
	if !o.given.linkType {
		o.codegen.LinkType = t
	}
	if !o.given.snapLen {
		o.snapLen = math.MaxInt32 // longer than any packet
	}
}

// checkSocket refuses a filter for what the kind of socket does not have.
func checkSocket(o *options, tree ast.Expr) error {
	want, ok := o.socket.LinkType()
	switch {
	case !o.socket.Valid():
		return diag.New(diag.Unsupported, 0, 0, "no kind of socket has the number %d", uint8(o.socket))
	case !ok:
		return nil
	case o.codegen.LinkType != want:
		return diag.New(diag.Unsupported, 0, 0, "%s shows no link-layer header of type %s: filters for it are compiled for %s",
			o.socket.Description(), o.codegen.LinkType, want)
	case o.socket == socket.TCP && o.given.snapLen:
		return diag.New(diag.Unsupported, 0, 0, "a snapshot length for a TCP socket: the peer sends what is cut off again and again")
	}
	if at := linkBytes(tree); at != nil {
		return diag.New(diag.Unsupported, at.Pos, at.End, "%s shows no link-layer header", o.socket.Description()).
			WithHint("ip[…] and ip6[…] count from the IP header")
	}
	if o.socket.Start() == socket.Payload {
		return o.refuseHeaders(tree)
	}
	return nil
}

// linkBytes finds the first use of a byte of the link-layer header, nil if there is none. For RAW these would be the bytes of
// an IP header of either version, on which what package lower knows of headers does not hold.
func linkBytes(tree ast.Expr) (at *ast.Span) {
	ast.Walk(tree, func(n ast.Node) bool {
		if l, ok := n.(*ast.Load); ok && l.Proto == ast.Link && at == nil {
			at = &l.Span
		}
		return at == nil
	})
	return at
}

// refuseHeaders refuses a filter that looks at more than the length. It names the first primitive that does. Where a
// primitive does not compile, the compiler says more about it later.
func (o *options) refuseHeaders(tree ast.Expr) error {
	switch e := tree.(type) {
	case nil:
		return nil
	case *ast.Not:
		return o.refuseHeaders(e.X)
	case *ast.Logic:
		for _, x := range e.Operands {
			if err := o.refuseHeaders(x); err != nil {
				return err
			}
		}
		return nil
	}
	g, err := codegen.Generate(o.ctx, tree, o.codegen)
	if err != nil || !readsPacket(g) {
		return nil
	}
	at := tree.Range()
	return diag.New(diag.Unsupported, at.Pos, at.End, "%s shows no packet headers, only the data that was sent", o.socket.Description()).
		WithHint("len, less and greater can be asked there")
}

// readsPacket tells whether a graph loads anything.
func readsPacket(g *ir.Graph) bool {
	var reads func(e *ir.Expr) bool
	reads = func(e *ir.Expr) bool {
		return e != nil && (e.Op == ir.Load || e.Op == ir.Anc || reads(e.L) || reads(e.R))
	}
	for _, n := range g.Order().Nodes {
		if n.Kind == ir.Chain || reads(n.L) || reads(n.R) {
			return true
		}
	}
	return false
}

// lowerForSocket makes of a graph for IP packets one for what the socket shows.
func lowerForSocket(o *options, g *ir.Graph) {
	switch o.socket.Start() {
	case socket.TransportHeader:
		lower.ToTransport(g)
	case socket.NetworkHeader:
		lower.ToNetwork(g)
	}
}

// socketHint tells why there is no link-layer header, where an error is about that.
func (o *options) socketHint(err error) error {
	e := diag.As(err)
	if e == nil || e.Kind != diag.Unsupported || o.codegen.LinkType != linktype.RAW || o.socket == socket.Packet || e.Option == diag.LinuxExtensions {
		return err
	}
	told := *e
	told.Option = diag.NoOption
	told.Hint = o.socket.Description() + " shows no link-layer header"
	return &told
}
