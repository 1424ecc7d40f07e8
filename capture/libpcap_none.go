//go:build !libpcap

package capture

// openLibpcap: not in this build.
var openLibpcap opener
