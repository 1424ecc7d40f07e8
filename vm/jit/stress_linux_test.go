package jit

import (
	"bytes"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"sync"
	"testing"
	"time"

	"bpfc/vm"
)

// Native code while everything happens that the runtime does to goroutines: a
// profiling signal every few milliseconds that lands in it, garbage collections
// all the time, stacks that grow and move, matchers that come and go. It lasts
// BPFC_JIT_STRESS (a duration), a second otherwise.
func TestStress(t *testing.T) {
	needNative(t)
	duration := time.Second
	if s := os.Getenv("BPFC_JIT_STRESS"); s != "" {
		d, err := time.ParseDuration(s)
		if err != nil {
			t.Fatal(err)
		}
		duration = d
	}
	defer debug.SetGCPercent(debug.SetGCPercent(1))
	var profile bytes.Buffer
	if err := pprof.StartCPUProfile(&profile); err != nil {
		t.Fatal(err)
	}
	defer pprof.StopCPUProfile()

	shared := mustNew(t, tcpPort80)
	stop := time.Now().Add(duration)
	var wg sync.WaitGroup
	for i := range 4 * runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for time.Now().Before(stop) {
				own, err := New(tcpPort80)
				if err != nil {
					t.Error(err)
					return
				}
				stressed(t, own, shared, 1+i%50)
				if i%2 == 0 {
					own.Close()
				}
			}
		})
	}
	wg.Wait()
}

// stressed runs both matchers, deep in a stack that has to grow first.
func stressed(t *testing.T, own, shared *Matcher, depth int) {
	var room [512]byte
	room[depth] = byte(depth)
	if depth > 0 {
		stressed(t, own, shared, depth-1)
		return
	}
	var pkts [][]byte
	var spans []vm.Span
	var buf []byte
	for i := range 300 {
		pkt := make([]byte, 60)
		pkt[12], pkt[14], pkt[23], pkt[35] = 8, 0x45, 6, byte(i%2*80)
		pkts = append(pkts, pkt)
		spans = append(spans, vm.Span{Off: uint32(len(buf)), CapLen: 60, WireLen: 60})
		buf = append(buf, pkt...)
	}
	verdicts, wireLens := make([]uint32, len(pkts)), make([]uint32, len(pkts))
	for _, m := range []*Matcher{own, shared} {
		m.MatchBatch(pkts, wireLens, verdicts)
		checkStressed(t, verdicts)
		clear(verdicts)
		m.MatchBuffer(buf, spans, verdicts)
		checkStressed(t, verdicts)
		for i, pkt := range pkts {
			verdicts[i] = m.Match(pkt, 60)
		}
		checkStressed(t, verdicts)
	}
}

func checkStressed(t *testing.T, verdicts []uint32) {
	for i, v := range verdicts {
		if (v != 0) != (i%2 == 1) {
			t.Errorf("verdict %d is %d", i, v)
			return
		}
	}
}
