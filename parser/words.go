package parser

import (
	"maps"
	"slices"
	"strings"

	"bpfc/ast"
	"bpfc/diag"
	"bpfc/lexer"
)

// The types of 802.11 frames, as in the first byte of the frame control field (IEEE 802.11-2020, 9.2.4.1.3).
const (
	typeMask    = 0x0c
	subtypeMask = 0xf0
	typeMgt     = 0x00
	typeCtl     = 0x04
	typeData    = 0x08
)

var frameTypes = map[string]uint32{
	"data": typeData, "mgt": typeMgt, "management": typeMgt, "ctl": typeCtl, "control": typeCtl,
}

var mgtSubtypes = map[string]uint32{
	"assocreq": 0x00, "assoc-req": 0x00, "assocresp": 0x10, "assoc-resp": 0x10,
	"reassocreq": 0x20, "reassoc-req": 0x20, "reassocresp": 0x30, "reassoc-resp": 0x30,
	"probereq": 0x40, "probe-req": 0x40, "proberesp": 0x50, "probe-resp": 0x50,
	"beacon": 0x80, "atim": 0x90, "disassoc": 0xa0, "disassociation": 0xa0,
	"auth": 0xb0, "authentication": 0xb0, "deauth": 0xc0, "deauthentication": 0xc0,
}

var ctlSubtypes = map[string]uint32{
	"bar": 0x80, "ba": 0x90, "ps-poll": 0xa0, "rts": 0xb0, "cts": 0xc0, "ack": 0xd0, "cf-end": 0xe0, "cf-end-ack": 0xf0,
}

var dataSubtypes = map[string]uint32{
	"data": 0x00, "data-cf-ack": 0x10, "data-cf-poll": 0x20, "data-cf-ack-poll": 0x30,
	"null": 0x40, "cf-ack": 0x50, "cf-poll": 0x60, "cf-ack-poll": 0x70,
	"qos-data": 0x80, "qos-data-cf-ack": 0x90, "qos-data-cf-poll": 0xa0, "qos-data-cf-ack-poll": 0xb0,
	"qos": 0xc0, "qos-cf-poll": 0xe0, "qos-cf-ack-poll": 0xf0,
}

// subtypes are the names of subtypes by the type they belong to.
var subtypes = map[uint32]map[string]uint32{typeMgt: mgtSubtypes, typeCtl: ctlSubtypes, typeData: dataSubtypes}

// allSubtypes are the names of subtypes with the type in the value.
var allSubtypes = func() map[string]uint32 {
	m := map[string]uint32{}
	for typ, names := range subtypes {
		for name, v := range names {
			m[name] = typ | v
		}
	}
	return m
}()

// frameDirs are the values of the two DS bits in the second byte of the frame control field.
var frameDirs = map[string]uint32{"nods": 0, "tods": 1, "fromds": 2, "dstods": 3}

// pfReasons and pfActions are the values in a PFLOG header that all systems with pf agree on
// (OpenBSD, net/pfvar.h).
var pfReasons = map[string]uint32{
	"match": 0, "bad-offset": 1, "fragment": 2, "short": 3, "normalize": 4, "memory": 5, "bad-timestamp": 6,
	"congestion": 7, "ip-option": 8, "proto-cksum": 9, "state-mismatch": 10, "state-insert": 11, "state-limit": 12,
	"src-limit": 13, "synproxy": 14,
}

var pfActions = map[string]uint32{
	"pass": 0, "accept": 0, "drop": 1, "block": 1, "scrub": 2, "noscrub": 3, "nat": 4, "nonat": 5, "binat": 6,
	"nobinat": 7, "rdr": 8, "nordr": 9, "synproxy-drop": 10,
}

// llcTypes are the operands of llc: a class of frames, or one supervisory or unnumbered frame.
var llcTypes = map[string]uint32{
	"i": 0, "s": 0, "u": 0, "rr": 0, "rnr": 0, "rej": 0,
	"ui": 0, "ua": 0, "disc": 0, "dm": 0, "sabme": 0, "test": 0, "xid": 0, "frmr": 0,
}

// lookUp makes an operand of a number, or of a name, in any case of letters, that stands for one.
func lookUp(t token, names map[string]uint32, what string) ([]ast.Arg, error) {
	if t.Type == lexer.Num {
		return []ast.Arg{{Span: span(t), Num: number(t)}}, nil
	}
	text, escaped := nameText(t)
	if n, ok := names[strings.ToLower(text)]; ok {
		return []ast.Arg{{Span: span(t), Num: n, Word: text, Escaped: escaped}}, nil
	}
	return nil, unknownWord(t, text, names, what)
}

func unknownWord(t token, text string, names map[string]uint32, what string) error {
	where := span(t)
	err := diag.New(diag.Unknown, where.Pos, where.End, "unknown %s %q", what, text)
	list := slices.Sorted(maps.Keys(names))
	if near := diag.Nearest(text, list); near != "" {
		return err.WithHint("did you mean %q?", near)
	}
	return err.WithExpected(list...)
}

// frameType makes the operands of "type T" and "type T subtype S".
func frameType(tokens []token) ([]ast.Arg, error) {
	args, err := lookUp(tokens[0], frameTypes, "802.11 type")
	if err != nil {
		return nil, err
	}
	if err := fits(args[0], typeMask, "type"); err != nil || len(tokens) == 1 {
		return args, err
	}
	names, ok := subtypes[args[0].Num]
	if !ok && tokens[2].Type == lexer.Name {
		where := span(tokens[2])
		return nil, diag.New(diag.Unknown, where.Pos, where.End, "no subtypes are known by name for 802.11 type 0x%02x",
			args[0].Num).WithHint("give the subtype as a number")
	}
	sub, err := lookUp(tokens[2], names, "802.11 subtype")
	if err == nil {
		err = fits(sub[0], subtypeMask, "subtype")
	}
	if err != nil {
		return nil, err
	}
	return append(args, sub...), nil
}

// fits refuses a number with bits outside mask.
func fits(a ast.Arg, mask uint32, what string) error {
	if a.Num&^mask == 0 {
		return nil
	}
	return diag.New(diag.Range, a.Pos, a.End, "invalid 802.11 %s value 0x%02x", what, a.Num).
		WithHint("only the bits of 0x%02x may be set", mask)
}

// llcArgs makes the operand of llc, in lower case.
func llcArgs(tokens []token) ([]ast.Arg, error) {
	if len(tokens) == 0 {
		return nil, nil
	}
	t := tokens[0]
	if t.Type == lexer.RuleNum { // "rnr" is a reserved word because of PF
		return []ast.Arg{{Span: span(t), Word: "rnr", IsWord: true}}, nil
	}
	text, _ := nameText(t)
	word := strings.ToLower(text)
	if _, ok := llcTypes[word]; !ok {
		return nil, unknownWord(t, text, llcTypes, "LLC type")
	}
	return []ast.Arg{{Span: span(t), Word: word, IsWord: true}}, nil
}
