// Package browsertest tries the page in a browser, as a visitor would: it types, clicks, chooses files and reads what is
// shown. It has only tests, which need Chromium and skip loudly without it; with BPFC_REQUIRE_ALL=1 they fail.
//
// The tests start the server as its command, and one headless browser, whose requests to anything but the server go to a
// proxy that refuses and notes them. An exception in the page, or something that its content security policy had to
// refuse, fails the test in which it happens.
//
//	BPFC_SCREENSHOTS=DIR go -C web test ./browsertest -run Screenshots   # pictures of every panel, small to wide, light and dark
//	go -C web test ./browsertest -run XXX -bench .                       # first paint, and from typing to the result
package browsertest
