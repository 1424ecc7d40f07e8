//go:build libpcap

package pcap_test

import impl "github.com/google/gopacket/pcap"

// api is the package under test. The tests in programs_test.go and programs_linux_test.go are programs that use it by these names
// and nothing else, so that the same text is compiled, and behaves the same, with either package: with the build tag libpcap it is
// the original.
const (
	blockForever = impl.BlockForever

	errNotActive            = impl.ErrNotActive
	nextErrorOk             = impl.NextErrorOk
	nextErrorTimeoutExpired = impl.NextErrorTimeoutExpired
	nextErrorReadError      = impl.NextErrorReadError
	nextErrorNoMorePackets  = impl.NextErrorNoMorePackets
	nextErrorNotActivated   = impl.NextErrorNotActivated

	directionIn    = impl.DirectionIn
	directionOut   = impl.DirectionOut
	directionInOut = impl.DirectionInOut

	maxBpfInstructions = impl.MaxBpfInstructions
)

var (
	openLive          = impl.OpenLive
	openOffline       = impl.OpenOffline
	openOfflineFile   = impl.OpenOfflineFile
	newInactiveHandle = impl.NewInactiveHandle
	findAllDevs       = impl.FindAllDevs
	compileBPFFilter  = impl.CompileBPFFilter
	newBPF            = impl.NewBPF
	version           = impl.Version

	datalinkValToName        = impl.DatalinkValToName
	datalinkValToDescription = impl.DatalinkValToDescription
	datalinkNameToVal        = impl.DatalinkNameToVal
	timestampSourceFromName  = impl.TimestampSourceFromString

	cannotSetRFMon = impl.CannotSetRFMon
)

type (
	handleType      = impl.Handle
	bpfInstruction  = impl.BPFInstruction
	directionType   = impl.Direction
	nextErrorType   = impl.NextError
	timestampSource = impl.TimestampSource
)
