package lexer

import (
	"net/netip"
	"strings"
	"unicode/utf8"

	"bpfc/diag"
)

// scan finds the token that begins at the first byte of s, which is not blank, and its length in bytes. pos is where s
// stands in the text, for errors.
func scan(s string, pos int) (Type, int, error) {
	if typ, size := operator(s); size > 0 {
		if typ == Colon && len(s) > 1 && s[1] == ':' {
			return scanAddress(s, pos) // "::1"
		}
		return typ, size, nil
	}
	c := s[0]
	switch {
	case isAlnum(c):
		return scanWord(s, pos)
	case c == '\\':
		if size := escapedLen(s); size > 1 {
			return Name, size, nil
		}
		return 0, 0, diag.New(diag.Syntax, pos, pos+1, "a name must follow the backslash")
	case c == '$':
		if size := hexLen(s[1:], 2); size > 0 {
			return ARCnet, 1 + size, nil
		}
		return 0, 0, diag.New(diag.Syntax, pos, pos+1, "an ARCnet address must follow the dollar sign").
			WithExpected("one or two hexadecimal digits")
	}
	if c == '@' {
		if size := fileLen(s); size > 1 {
			return File, size, nil
		}
		return 0, 0, diag.New(diag.Syntax, pos, pos+1, "the name of a file must follow the @")
	}
	if c == '#' {
		return 0, 0, diag.New(diag.Syntax, pos, pos+1, "unexpected character \"#\"").
			WithHint("only a filter in a file has comments")
	}
	_, size := utf8.DecodeRuneInString(s)
	return 0, 0, diag.New(diag.Syntax, pos, pos+size, "unexpected character %q", s[:size])
}

// operator recognizes operators and brackets. Its size is 0 where s begins with none.
func operator(s string) (Type, int) {
	var next byte
	if len(s) > 1 {
		next = s[1]
	}
	switch s[0] {
	case '(':
		return LParen, 1
	case ')':
		return RParen, 1
	case '[':
		return LBracket, 1
	case ']':
		return RBracket, 1
	case ':':
		return Colon, 1
	case '{':
		return LBrace, 1
	case '}':
		return RBrace, 1
	case ',':
		return Comma, 1
	case '-':
		return Minus, 1
	case '/':
		return Slash, 1
	case '+', '*', '%', '^':
		return Op, 1
	case '&':
		return either(next == '&', And, BitAnd)
	case '|':
		return either(next == '|', Or, BitOr)
	case '!':
		return either(next == '=', Rel, Not)
	case '=':
		return either(next == '=', Equal, Equal)
	case '<':
		if next == '<' {
			return Op, 2
		}
		return either(next == '=', Rel, Less)
	case '>':
		if next == '>' {
			return Op, 2
		}
		return either(next == '=', Rel, More)
	}
	return 0, 0
}

// either gives the class of an operator of two characters or of its first one alone.
func either(two bool, long, short Type) (Type, int) {
	if two {
		return long, 2
	}
	return short, 1
}

// scanWord finds the longest token that begins with a letter or digit.
func scanWord(s string, pos int) (Type, int, error) {
	size := nameLen(s)
	if isHex(s[0]) && hasColon(s) {
		if typ, n, err := scanAddress(s, pos); n >= size || err != nil {
			return typ, n, err
		}
	}
	// Reserved words consist of the characters of names, so that no longer match is in the way.
	word := s[:size]
	if !isDigit(s[0]) {
		if typ, ok := keywords[word]; ok {
			return typ, size, nil
		}
	}
	if !isHex(s[0]) {
		return Name, size, nil
	}
	if macLen(s) == size {
		return MAC, size, nil
	}
	switch n, parts := dottedLen(s); {
	case n < size:
		return Name, size, nil
	case parts == 1:
		if _, err := Number(word, pos); err != nil {
			return 0, 0, err
		}
		return Num, size, nil
	case parts <= 4:
		return IPv4, size, nil
	}
	return Name, size, nil
}

// hasColon tells whether s begins with one to four hexadecimal digits and a colon, as every address with colons does.
func hasColon(s string) bool {
	n := hexLen(s, 4)
	return n > 0 && n < len(s) && s[n] == ':'
}

// scanAddress finds the longest address with colons that s begins with. Its size is 0 where there is none; what looks
// like the beginning of a MAC address but is none is an error.
func scanAddress(s string, pos int) (Type, int, error) {
	mac, v6, bogus := macLen(s), ipv6Len(s), bogusMACLen(s)
	switch {
	case mac > 0 && mac >= v6 && mac >= bogus:
		return MAC, mac, nil
	case v6 > 0 && v6 >= bogus:
		if _, err := netip.ParseAddr(s[:v6]); err != nil {
			return 0, 0, diag.New(diag.Range, pos, pos+v6, "invalid IPv6 address %q", s[:v6])
		}
		return IPv6, v6, nil
	case bogus > 0:
		return 0, 0, diag.New(diag.Syntax, pos, pos+bogus, "bogus ethernet address %q", clip(s[:bogus])).
			WithExpected("six bytes with colons between them")
	}
	return 0, 0, nil
}

// nameLen is the length of the name that s, which begins with a letter or digit, begins with.
func nameLen(s string) int {
	end := 1
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case isAlnum(c), c == '.':
			end = i + 1
		case c != '-' && c != '_':
			return end
		}
	}
	return end
}

// escapedLen is the length of the escaped name that s, which begins with a backslash, begins with.
func escapedLen(s string) int {
	if n := strings.IndexAny(s, " !()\n\t"); n >= 0 {
		return n
	}
	return len(s)
}

// inBraces is the length of a name, escaped or not, within braces, where a comma or brace ends it.
func inBraces(name string) int {
	if n := strings.IndexAny(name, ",{}"); n > 1 {
		return n
	}
	return len(name)
}

// fileLen is the length of the "@" and name of a file that s begins with.
func fileLen(s string) int {
	if n := strings.IndexAny(s, " \t\r\n(){},"); n >= 0 {
		return n
	}
	return len(s)
}

// numLen is the length of the decimal or hexadecimal number that s begins with, 0 where it does not.
func numLen(s string) int {
	if len(s) > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X') && isHex(s[2]) {
		return 2 + hexLen(s[2:], len(s))
	}
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

// dottedLen is the length of the numbers with dots between them that s begins with, and how many they are.
func dottedLen(s string) (size, parts int) {
	for {
		n := numLen(s[size:])
		if n == 0 {
			return max(size-1, 0), parts
		}
		size += n
		parts++
		if size == len(s) || s[size] != '.' {
			return size, parts
		}
		size++
	}
}

// macLen is the length of the MAC address that s begins with, 0 where it does not: six times one or two digits with
// one of ":-." between them, three times four digits with dots between them, or twelve digits.
func macLen(s string) int {
	best := 0
	if hexLen(s, 12) == 12 {
		best = 12
	}
	if n := groups(s, 4, 4, 3, '.'); n > best {
		best = n
	}
	for _, sep := range [...]byte{':', '-', '.'} {
		if n := groups(s, 1, 2, 6, sep); n > best {
			best = n
		}
	}
	return best
}

// groups is the length of count groups of least to most hexadecimal digits with sep between them that s
// begins with, 0 where it does not.
func groups(s string, least, most, count int, sep byte) int {
	size := 0
	for g := 1; ; g++ {
		n := hexLen(s[size:], most)
		if n < least {
			return 0
		}
		size += n
		if g == count {
			return size
		}
		if size == len(s) || s[size] != sep {
			return 0
		}
		size++
	}
}

// bogusMACLen is the length of at least two groups of one or two hexadecimal digits, each followed by colons, that s
// begins with.
func bogusMACLen(s string) int {
	size, count := 0, 0
	for {
		n := hexLen(s[size:], 2)
		colons := 0
		for n > 0 && size+n+colons < len(s) && s[size+n+colons] == ':' {
			colons++
		}
		if colons == 0 {
			break
		}
		size += n + colons
		count++
	}
	if count < 2 {
		return 0
	}
	return size
}

// ipv6Len is the length of the IPv6 address that s begins with, 0 where it does not: eight groups of one to
// four hexadecimal digits, or at most seven with "::" among them, where four decimal numbers with dots may stand for
// the last two groups.
func ipv6Len(s string) int {
	best, i, count, compressed := 0, 0, 0, false
	if strings.HasPrefix(s, "::") {
		best, i, compressed = 2, 2, true
	}
	for {
		if compressed && count <= 5 || !compressed && count == 6 {
			if n := quadLen(s[i:]); n > 0 {
				best = max(best, i+n)
			}
		}
		n := hexLen(s[i:], 4)
		if n == 0 {
			return best
		}
		count++
		i += n
		if compressed && count <= 7 || !compressed && count == 8 {
			best = max(best, i)
		}
		if count >= 8 || i == len(s) || s[i] != ':' {
			return best
		}
		i++
		if i < len(s) && s[i] == ':' {
			if compressed || count > 7 {
				return best
			}
			compressed = true
			i++
			best = max(best, i)
		}
	}
}

// quadLen is the length of the four numbers with dots between them that s begins with, 0 where it does not.
func quadLen(s string) int {
	size := 0
	for part := 1; ; part++ {
		n := numLen(s[size:])
		if n == 0 {
			return 0
		}
		size += n
		if part == 4 {
			return size
		}
		if size == len(s) || s[size] != '.' {
			return 0
		}
		size++
	}
}

// hexLen is how many hexadecimal digits s begins with, at most most.
func hexLen(s string, most int) int {
	n := 0
	for n < len(s) && n < most && isHex(s[n]) {
		n++
	}
	return n
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isHex(c byte) bool { return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F' }

func isAlnum(c byte) bool { return isDigit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
