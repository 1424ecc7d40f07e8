package main

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/bpf"

	"bpfc"
	"bpfc/diag"
	"bpfc/fuzz"
	"bpfc/internal/battery"
	"bpfc/linktype"
	"bpfc/names"
	"bpfc/vm"
)

const recordings = "../../testdata/recorded"

// recording finds the one recording there is.
func recording(t *testing.T) (header, []entry) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(recordings, "libpcap-*.jsonl.gz"))
	if err != nil || len(files) != 1 {
		t.Fatalf("one recording is expected in %s: %v, %v", recordings, files, err)
	}
	h, entries, err := readRecording(files[0])
	if err != nil {
		t.Fatal(err)
	}
	return h, entries
}

// byHost are the types whose headers hold numbers of the operating system, or in
// the machine's byte order: a recording is of its own system.
var byHost = map[linktype.Type]bool{linktype.NULL: true, linktype.ENC: true, linktype.LOOP: true, linktype.PFLOG: true}

func byteOrder(arch string) string {
	switch arch {
	case "ppc64", "s390x", "mips", "mips64":
		return "big"
	}
	return "little"
}

// TestRecorded compiles every recorded filter: bpfc accepts what libpcap
// accepts and refuses what it refuses, and the programs agree on packets made to
// go through both, on every captured length of some.
func TestRecorded(t *testing.T) {
	h, entries := recording(t)
	system, arch, _ := strings.Cut(h.System, "/")
	foreign := runtime.GOOS != system || byteOrder(runtime.GOARCH) != byteOrder(arch)
	var tasks []recorded
	for i := range entries {
		for _, name := range entries[i].LinkTypes {
			l, err := linktype.Parse(name)
			if err != nil {
				t.Fatal(err)
			}
			if foreign && byHost[l] {
				continue
			}
			tasks = append(tasks, recorded{l, &entries[i]})
		}
	}
	if foreign {
		t.Logf("recorded on %s: NULL, LOOP, ENC and PFLOG, which differ by system, are left out", h.System)
	}
	tasks = battery.Some(tasks)
	needed := make([]atomic.Bool, len(differences))
	t.Run("filters", func(t *testing.T) {
		workers := runtime.GOMAXPROCS(0)
		for w := range workers {
			t.Run(fmt.Sprint(w), func(t *testing.T) {
				t.Parallel()
				for i := w; i < len(tasks); i += workers {
					tasks[i].check(t, needed)
				}
			})
		}
	})
	for i := range needed {
		if !testing.Short() && !needed[i].Load() {
			t.Errorf("nothing differs by this: %s", differences[i].reason)
		}
		if differences[i].source == "" {
			t.Errorf("this rests on nothing: %s", differences[i].reason)
		}
	}
}

// recorded is what libpcap did with a filter on one link-layer type.
type recorded struct {
	linkType linktype.Type
	*entry
}

// check compiles a filter as it was recorded. A difference that is known is
// marked as needed, any other is an error.
func (r recorded) check(t *testing.T, needed []atomic.Bool) {
	refs := r.programs()
	ours, err := r.compile(refs)
	e := diag.As(err)
	report := func(o outcome, kind diag.Kind, detail string) {
		if i := r.known(o, kind); i >= 0 {
			needed[i].Store(true)
		} else {
			t.Errorf("%s %q: bpfc %s: %s", r.linkType, r.Filter, o, detail)
		}
	}
	switch {
	case err != nil && (e == nil || e.Kind == diag.Internal):
		t.Errorf("%s %q: %v", r.linkType, r.Filter, err)
		return
	case err != nil && r.Error != "":
		return
	case err != nil && e.Kind == diag.RejectsAll:
		// A contradiction that libpcap does not see.
		ours = []bpf.RawInstruction{{Op: opReturn}}
	case err != nil:
		report(refuses, e.Kind, e.Error())
		return
	case r.Error != "":
		report(accepts, "", r.Error)
		return
	}
	if d := r.difference(t, ours, refs); d != "" {
		report(differs, "", d)
	}
}

// compile compiles the filter with the options that tcpdump has without a
// device. libpcap 1.10 reads ancillary data even then, which for bpfc is an
// option.
func (r recorded) compile(refs [][]bpf.RawInstruction) ([]bpf.RawInstruction, error) {
	opts := []bpfc.Option{bpfc.WithLinkType(r.linkType), bpfc.WithNetmask(0), bpfc.WithNames(names.Map{})}
	if slices.ContainsFunc(slices.Concat(refs...), readsAncillary) {
		opts = append(opts, bpfc.WithLinuxExtensions())
	}
	p, err := bpfc.Compile(r.Filter, opts...)
	if err != nil {
		return nil, err
	}
	return p.Instructions(), nil
}

func readsAncillary(in bpf.RawInstruction) bool {
	const classAndMode, loadAbsolute, loadIndirect, ancillary = 0xe7, 0x20, 0x40, 0xfffff000
	load := in.Op & classAndMode
	return (load == loadAbsolute || load == loadIndirect) && in.K >= ancillary && in.K < ancillary+0x40
}

const opReturn = 0x06 // BPF_RET | BPF_K

// programs are libpcap's optimized program and the one without optimizer where
// it differs. They are not always equivalent; bpfc's has to be equivalent to one
// of them.
func (r recorded) programs() [][]bpf.RawInstruction {
	refs := [][]bpf.RawInstruction{r.Opt}
	if r.Unopt != nil {
		refs = append(refs, r.Unopt)
	}
	return refs
}

// difference describes a packet for each of libpcap's programs on which ours
// returns something else, "" if for one of them none was found.
func (r recorded) difference(t *testing.T, ours []bpf.RawInstruction, refs [][]bpf.RawInstruction) string {
	if slices.ContainsFunc(refs, func(p []bpf.RawInstruction) bool { return slices.Equal(p, ours) }) {
		return ""
	}
	m := machine(t, ours)
	var witness []string
	for _, ref := range refs {
		w := r.witness(m, machine(t, ref), fuzz.Collect(r.Filter, ours, ref))
		if w == "" {
			return ""
		}
		witness = append(witness, w)
	}
	return strings.Join(witness, "; ")
}

func machine(t *testing.T, p []bpf.RawInstruction) *vm.VM {
	m, err := vm.New(p)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// packetsEach is how many packets are made for each pair of programs, and
// everyLength one in how many of them is cut to every length.
const (
	packetsEach = 64
	everyLength = 4
)

// witness looks for a packet on which two programs differ. The packets depend on
// the filter and the link-layer type alone.
func (r recorded) witness(ours, ref *vm.VM, c *fuzz.Constants) string {
	seed := fnv.New64a()
	fmt.Fprint(seed, r.linkType, r.Filter)
	rnd := rand.New(rand.NewPCG(seed.Sum64(), 1))
	b := fuzz.NewBuilder(rnd, int(r.linkType))
	b.Use(c)
	progs := [][]bpf.RawInstruction{ours.Program(), ref.Program()}
	for i := range packetsEach {
		p := b.Packet()
		if i%8 != 0 {
			p = fuzz.Direct(rnd, progs[i%2], p)
		}
		meta := &vm.Metadata{PktType: uint8(rnd.IntN(5)), IfIndex: rnd.Uint32N(4)}
		for _, n := range cuts(rnd, len(p.Data), i%everyLength == 0) {
			got, want := ours.RunMeta(p.Data[:n], p.WireLen, meta), ref.RunMeta(p.Data[:n], p.WireLen, meta)
			if got != want {
				return fmt.Sprintf("returns %d, libpcap %d, on %d bytes %x of %d", got, want, n, p.Data[:n], p.WireLen)
			}
		}
	}
	return ""
}

// cuts gives captured lengths for a packet: its own and another, or every one.
func cuts(r *rand.Rand, length int, all bool) []int {
	if !all {
		return []int{length, r.IntN(length + 1)}
	}
	var cuts []int
	for n := min(length, 128); n >= 0; n-- {
		cuts = append(cuts, n)
	}
	return cuts
}

// TestRecordingIsComplete holds the recording against the list it was made
// from.
func TestRecordingIsComplete(t *testing.T) {
	_, entries := recording(t)
	have := make(map[task]bool)
	for _, e := range entries {
		if (e.Error == "") == (e.Opt == nil) {
			t.Errorf("%q: there is either a program or an error", e.Filter)
		}
		for _, n := range e.LinkTypes {
			l, err := linktype.Parse(n)
			if err != nil {
				t.Fatal(err)
			}
			have[task{l, e.Filter}] = true
		}
	}
	sections, err := readFilters(filepath.Join(recordings, "filters.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var all []linktype.Type
	for _, l := range linktype.All() {
		if have[task{l, "len > 100"}] {
			all = append(all, l)
		}
	}
	work, err := cases(sections, all)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range work {
		if !have[c] {
			t.Errorf("%s %q is not recorded: run go run ./internal/record", c.linkType, c.filter)
		}
	}
	if len(have) != len(work) {
		t.Errorf("%d compilations are recorded, the list has %d", len(have), len(work))
	}
}
