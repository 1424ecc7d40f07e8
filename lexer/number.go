package lexer

import (
	"slices"

	"bpfc/diag"
)

// constantNames lists the named constants in alphabetical order.
func constantNames() []string {
	list := make([]string, 0, len(constants))
	for w := range constants {
		list = append(list, w)
	}
	slices.Sort(list)
	return list
}

// Number gives the value of a [Num] token: of a named constant, or of a number written as in C, decimal,
// octal after 0 or hexadecimal after 0x. pos is where text begins, in bytes, for the error: a number over 32 bits, or
// an octal one with 8 or 9 in it.
func Number(text string, pos int) (uint32, error) {
	if text == "" || !isDigit(text[0]) {
		if c, ok := constants[text]; ok {
			return c, nil
		}
	}
	digits, base, form := text, uint64(10), ""
	switch {
	case len(text) > 2 && (text[1] == 'x' || text[1] == 'X'):
		digits, base, form = text[2:], 16, "hexadecimal "
	case len(text) > 1 && text[0] == '0':
		digits, base, form = text[1:], 8, "octal "
	}
	var n uint64
	for i := 0; i < len(digits); i++ {
		d := digitValue(digits[i])
		if d >= base {
			return 0, diag.New(diag.Range, pos, pos+len(text), "number %s contains non-octal digit", clip(text)).
				WithHint("a number that begins with 0 is octal")
		}
		if n = n*base + d; n > 0xffffffff {
			return 0, diag.New(diag.Range, pos, pos+len(text), "%snumber %s overflows 32 bits", form, clip(text)).
				WithHint("the largest number is 4294967295, 0xffffffff")
		}
	}
	return uint32(n), nil
}

// digitValue gives the value of a hexadecimal digit.
func digitValue(c byte) uint64 {
	switch {
	case c <= '9':
		return uint64(c - '0')
	case c >= 'a':
		return uint64(c-'a') + 10
	}
	return uint64(c-'A') + 10
}

// clip shortens a token for a message: nobody reads a number of a megabyte.
func clip(text string) string {
	const most = 64
	if len(text) <= most {
		return text
	}
	return text[:most] + "…"
}
