package ast

import "slices"

// Equal tells whether two expressions mean the same, node by node. Where something stands in the text and how it was
// spelled there do not count: spans, backslashes, inherited qualifiers, and the word that was written for a number.
func Equal(a, b Expr) bool {
	if a == nil || b == nil {
		return a == b
	}
	switch a := a.(type) {
	case *Logic:
		b, ok := b.(*Logic)
		return ok && a.Op == b.Op && slices.EqualFunc(a.Operands, b.Operands, Equal)
	case *Not:
		b, ok := b.(*Not)
		return ok && Equal(a.X, b.X)
	case *Relation:
		b, ok := b.(*Relation)
		return ok && a.Op == b.Op && EqualArith(a.L, b.L) && EqualArith(a.R, b.R)
	case *Qualified:
		b, ok := b.(*Qualified)
		return ok && a.Proto == b.Proto && a.Dir == b.Dir && a.Type == b.Type && equalID(a.ID, b.ID)
	case *Protocol:
		b, ok := b.(*Protocol)
		return ok && a.Proto == b.Proto
	case *Test:
		b, ok := b.(*Test)
		return ok && a.Kind == b.Kind && a.Proto == b.Proto && a.Op == b.Op && a.Port == b.Port &&
			slices.EqualFunc(a.Args, b.Args, equalArg)
	case *Scope:
		b, ok := b.(*Scope)
		return ok && Equal(a.Head, b.Head) && Equal(a.X, b.X)
	}
	return false
}

func equalArg(a, b Arg) bool {
	if a.IsWord || b.IsWord {
		return a.IsWord == b.IsWord && a.Word == b.Word
	}
	return a.Num == b.Num && a.To == b.To
}

func equalID(a, b ID) bool {
	switch a := a.(type) {
	case *Name:
		b, ok := b.(*Name)
		return ok && a.Text == b.Text
	case *Number:
		b, ok := b.(*Number)
		return ok && a.Value == b.Value
	case *IPv4:
		b, ok := b.(*IPv4)
		return ok && equalIPv4(*a, *b)
	case *IPv6:
		b, ok := b.(*IPv6)
		return ok && a.Addr == b.Addr && a.HasLen == b.HasLen && a.Len == b.Len
	case *MAC:
		b, ok := b.(*MAC)
		return ok && a.Addr == b.Addr
	case *ARCnet:
		b, ok := b.(*ARCnet)
		return ok && a.Addr == b.Addr
	}
	return false
}

func equalIPv4(a, b IPv4) bool {
	if a.Invalid != b.Invalid || a.Invalid && a.Text != b.Text {
		return false
	}
	a.Span, a.Text, a.MaskText = b.Span, b.Text, b.MaskText
	return a == b
}

// EqualArith tells whether two numbers are the same, as [Equal] does.
func EqualArith(a, b Arith) bool {
	switch a := a.(type) {
	case *Num:
		b, ok := b.(*Num)
		return ok && a.Value == b.Value
	case *Len:
		_, ok := b.(*Len)
		return ok
	case *Load:
		b, ok := b.(*Load)
		return ok && a.Proto == b.Proto && a.Size == b.Size && EqualArith(a.Index, b.Index)
	case *Binary:
		b, ok := b.(*Binary)
		return ok && a.Op == b.Op && EqualArith(a.L, b.L) && EqualArith(a.R, b.R)
	case *Neg:
		b, ok := b.(*Neg)
		return ok && EqualArith(a.X, b.X)
	}
	return false
}
