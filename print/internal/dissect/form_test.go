package dissect

import (
	"strings"
	"testing"
)

func formed(data []byte, print Printer) string {
	d := &Context{Registry: NewRegistry(nil), Packet: Packet{Proto: "test"}}
	v := NewView(data, len(data))
	d.Run(func(d *Context, v View) { print(d, v.Cursor(0)) }, v)
	return string(d.Out)
}

func TestForm(t *testing.T) {
	data := []byte{0x12, 0x34, 0xff, 0x05, 192, 0, 2, 1, 'a', 'b', 0, 'c'}
	upper := func(b []byte) string { return strings.ToUpper(string(b)) }
	for _, c := range []struct {
		form   string
		tables []any
		want   string
	}{
		{"%2d %1i %1d", nil, "4660 -1 5"}, {"%2x %1h %2ld", nil, "1234 ff 49157"}, {"%2o", nil, "11064"}, {"%2[0-3]d %=[4-15]x %=[15]d", nil, "1 234 0"},
		{"%4@4a %2d", nil, "192.0.2.1 4660"}, {"%8_%*v", []any{upper}, "AB\x00C"}, {"%8_%3z|%1s", nil, "abc"}, {"%2b %%", nil, "1234 %"},
		{"%1n %1n %1n %1n", []any{Names{0x12: "eighteen"}, Flags{{4, "four"}, {0x10, "sixteen"}}, [2]string{"no", "yes"}, func(n int) string { return strings.Repeat("x", n) }}, "eighteen four, sixteen yes xxxxx"},
		{"%1n", []any{Names{}.Or("#%d")}, "#18"}, {"a %8d|b %8d c", nil, "a 1311953791632802305 [|test]"}, {"%4@4a %p", []any{Form("then %2d")}, "192.0.2.1 then 4660"},
		{"%1?{yes %=h}{no}%1[0-1]?{yes}{no}", nil, "yes 12no"}, {"%12>{all}{}%13>{%13d}{few}%L", nil, "allfew12"}, {"%1+{loud}{quiet} %0+{%2d}", nil, "quiet 4660"},
		{"%3_%1{<%1@0d>%1_}|.", nil, "<192><0><2><1><97>."}, {"%8_%*{%1d %=n%1_}%1@0n", []any{Names{'a': "A"}, Names{}}, "97 A0 unknownunknown"}, {"%7_%1d%#s", nil, "1a"},
		{"%1@3?{%1@2d}%1@1{x}%1d", nil, "255x18"}, {"%2t", nil, "1h17m40s"}, {"%12!x%1~y", nil, "xy"}, {"%13~", nil, " [|test]"}, {"a%1?{%12d}b", nil, "a [|test]"}, {"a%1?{%1?{%1d}c|%12d}b|d", nil, "a255c [|test]"},
		{"%1[0]?{%n%p}{%1n}", []any{1, 2, Names{0x34: "x"}}, "x"},
	} {
		want := c.want
		if got := formed(data, Form(c.form, c.tables...)); got != want {
			t.Errorf("%q: %q, want %q", c.form, got, want)
		}
	}
}

// What does not fit ends a list as the list says, and a value that has a row is printed by it.
func TestList(t *testing.T) {
	list := List{Head: 2, Align: 4, Title: Titled(" %s(%d)+%d"), Other: "?", Alone: Names{0: " pad"}, Ends: Prints(" short"), Short: Prints(" few"), Done: ";",
		Values: Values{1: {"one", 2, Form("=%2d")}, 2: {"two", -1, Form("=%1d")}, 3: {"none", Nothing, nil}}}
	for _, c := range []struct {
		data []byte
		want string
	}{
		{nil, ""}, {[]byte{0, 0, 0}, " pad pad pad"}, {[]byte{1, 2, 0, 7, 2, 1, 9, 0}, " one(1)+2=7; two(2)+1=9;"}, {[]byte{1, 1, 5, 0, 2, 2, 5, 5}, " one(1)+1 few; two(2)+2 few;"},
		{[]byte{3, 0, 0, 0, 3, 1, 1}, " none(3)+0; none(3)+1 few;"}, {[]byte{9, 4, 1, 2, 3, 4}, " ?(9)+4;"}, {[]byte{1, 3, 0, 1}, " one(1)+3 short"}, {[]byte{1}, " short"},
	} {
		if got := formed(c.data, list.Print); got != c.want {
			t.Errorf("% x: %q, want %q", c.data, got, c.want)
		}
	}
}
