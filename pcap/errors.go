package pcap

//lint:file-ignore ST1005 error texts are libpcap's, or the API's
//lint:file-ignore ST1012 and so are the names

import (
	"errors"
	"fmt"
	"strconv"

	"bpfc"
	"bpfc/diag"
)

// NextError is why a read gave no packet. It is an error by value: compare with ==.
type NextError int32

// The values of NextError, which are those of pcap_next_ex(3PCAP).
const (
	NextErrorOk             NextError = 1
	NextErrorTimeoutExpired NextError = 0
	NextErrorReadError      NextError = -1
	// NextErrorNoMorePackets is the end of a file, for which reads return io.EOF instead.
	NextErrorNoMorePackets NextError = -2
	NextErrorNotActivated  NextError = -3
)

var nextErrorTexts = map[NextError]string{
	NextErrorOk:             "OK",
	NextErrorTimeoutExpired: "Timeout Expired",
	NextErrorReadError:      "Read Error",
	NextErrorNoMorePackets:  "No More Packets In File",
	NextErrorNotActivated:   "Not Activated",
}

// Error gives the value in words.
func (n NextError) Error() string {
	if text, ok := nextErrorTexts[n]; ok {
		return text
	}
	return strconv.Itoa(int(n))
}

// ErrNotActive is the status of a handle that was not activated, PCAP_ERROR_NOT_ACTIVATED. It is a number and no error.
const ErrNotActive = -3

// CannotSetRFMon is returned by [InactiveHandle.SetRFMon] for devices that have no monitor mode.
var CannotSetRFMon = errors.New("Cannot set rfmon for this handle")

// status is a status of libpcap (pcap/pcap.h).
type status int

const (
	statusWarning       status = 1
	statusError         status = -1
	statusActivated     status = -4
	statusNoSuchDevice  status = -5
	statusNoMonitorMode status = -6
	statusDenied        status = -8
	statusNotUp         status = -9
	statusNoPromiscuous status = -11
	warningPromiscuous  status = 2
)

// statusTexts are what pcap_statustostr(3PCAP) says.
var statusTexts = map[status]string{
	statusError:         "Generic error",
	statusActivated:     "can't perform  operation on activated capture",
	statusNoSuchDevice:  "No such device exists",
	statusNoMonitorMode: "That device doesn't support monitor mode",
	statusDenied:        "You don't have permission to perform this capture on that device",
	statusNotUp:         "That device is not up",
	statusNoPromiscuous: "You don't have permission to capture in promiscuous mode on that device",
}

// activateError is why a device cannot be captured on.
type activateError struct {
	status status
	detail string // pcap_geterr(3PCAP); may be empty
	err    error  // the cause from below, or nil
}

var activateTexts = map[status]string{
	statusActivated:    "Already Activated",
	warningPromiscuous: "Cannot set as promisc",
	statusNoSuchDevice: "No Such Device",
	statusDenied:       "Permission Denied",
	statusNotUp:        "Interface Not Up",
}

// Error is what Activate says.
func (e *activateError) Error() string {
	if text, ok := activateTexts[e.status]; ok {
		return text
	}
	switch e.status {
	case statusWarning:
		return "Warning: " + e.detail
	case statusError:
		return "Error: " + e.detail
	}
	return fmt.Sprintf("unknown activated error: %d", e.status)
}

// Unwrap gives the cause from below, such as capture.ErrPermission.
func (e *activateError) Unwrap() error { return e.err }

// openError is what OpenLive says.
type openError struct {
	device string
	*activateError
}

func (e openError) Error() string {
	switch e.status {
	case statusError:
		return e.device + ": " + e.detail
	case statusNoSuchDevice, statusDenied, statusNoPromiscuous:
		return fmt.Sprintf("%s: %s (%s)", e.device, statusTexts[e.status], e.detail)
	}
	return e.device + ": " + statusTexts[e.status]
}

// compileError is why a filter cannot be compiled: libpcap's words, and ours where they say more.
type compileError struct {
	text string
	err  *bpfc.Error
}

func (e *compileError) Error() string { return e.text }
func (e *compileError) Unwrap() error { return e.err }

func newCompileError(err error) error {
	var e *bpfc.Error
	if !errors.As(err, &e) {
		return err
	}
	text := e.Msg
	if e.Hint != "" && e.Option == diag.NoOption { // the API has no options
		text += "; " + e.Hint
	}
	switch {
	case e.Kind == diag.Syntax:
		text = fmt.Sprintf("can't parse filter expression: syntax error at byte %d: %s", e.Pos, text)
	case e.Kind == diag.RejectsAll:
		text = "expression rejects all packets"
	case e.Option == diag.Netmask:
		text = "netmask not known, so 'ip broadcast' not supported"
	}
	return &compileError{text, e}
}
