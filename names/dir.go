package names

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"bpfc/diag"
)

const (
	// maxFile is the largest file read, in bytes; block lists in a hosts file run to some tens of megabytes.
	maxFile = 256 << 20
	// maxLine is the longest line read, in bytes.
	maxLine = 64 << 10
)

// Dir answers from the files hosts, services, protocols, networks and ethers of the directory path, in the formats of
// hosts(5), services(5), protocols(5), networks(5) and ethers(5). A file that does not exist knows no names; lines that
// make no sense are passed over, as the C library does. Each file is read once, when first needed, and kept; files over
// 256 MiB, lines over 64 KiB and anything that is not a regular file are errors.
func Dir(path string) Resolver {
	return &dir{
		hosts:     table[netip.Addr]{dir: path, file: "hosts", kind: KindHost, fold: true, parse: parseHost},
		services:  table[PortEntry]{dir: path, file: "services", kind: KindPort, parse: parseService},
		protocols: table[int]{dir: path, file: "protocols", kind: KindProtocol, parse: parseProtocol},
		networks:  table[uint32]{dir: path, file: "networks", kind: KindNetwork, fold: true, parse: parseNetwork},
		ethers:    table[[6]byte]{dir: path, file: "ethers", kind: KindEther, fold: true, parse: parseEther},
	}
}

type dir struct {
	hosts     table[netip.Addr]
	services  table[PortEntry]
	protocols table[int]
	networks  table[uint32]
	ethers    table[[6]byte]
}

func (d *dir) Host(ctx context.Context, name string) ([]netip.Addr, error) {
	return d.hosts.all(ctx, name)
}

func (d *dir) Port(ctx context.Context, name string) ([]PortEntry, error) {
	return d.services.all(ctx, name)
}

func (d *dir) Protocol(ctx context.Context, name string) (int, error) {
	return d.protocols.one(ctx, name)
}

func (d *dir) Network(ctx context.Context, name string) (uint32, error) {
	return d.networks.one(ctx, name)
}

func (d *dir) Ether(ctx context.Context, name string) ([6]byte, error) {
	return d.ethers.one(ctx, name)
}

// table is one file, read when first asked and then looked up by name.
type table[T any] struct {
	dir, file string
	kind      string
	fold      bool // names are compared in lower case
	parse     func(fields []string) (names []string, value T, ok bool)

	once   sync.Once
	byName map[string][]T
	err    error
}

func (t *table[T]) path() string { return filepath.Join(t.dir, t.file) }

// all gives every value of a name in the order of the file, in a slice of the caller's own.
func (t *table[T]) all(ctx context.Context, name string) ([]T, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	t.once.Do(t.load)
	if t.err != nil {
		return nil, t.err
	}
	values, ok := t.byName[t.key(name)]
	if !ok {
		return nil, &NotFoundError{Kind: t.kind, Name: name, Source: t.path(), Suggestion: nearest(name, t.byName)}
	}
	return slices.Clone(values), nil
}

// one gives the first value of a name, which is the one the C library would find.
func (t *table[T]) one(ctx context.Context, name string) (value T, err error) {
	values, err := t.all(ctx, name)
	if err != nil {
		return value, err
	}
	return values[0], nil
}

func (t *table[T]) key(name string) string {
	if t.fold {
		return strings.ToLower(name)
	}
	return name
}

func (t *table[T]) load() {
	t.byName = map[string][]T{}
	// Stat before Open: opening a named pipe would wait for someone to write to it.
	info, err := os.Stat(t.path())
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s: not a regular file", t.path())
	}
	if err != nil {
		t.err = err
		return
	}
	f, err := os.Open(t.path())
	if err != nil {
		t.err = err
		return
	}
	defer func() { _ = f.Close() }() // only read from: nothing can be lost
	t.err = t.read(f)
}

// read takes the file in, line by line: fields separated by blanks, up to a '#'.
func (t *table[T]) read(r io.Reader) error {
	limited := &io.LimitedReader{R: r, N: maxFile}
	lines := bufio.NewScanner(limited)
	lines.Buffer(nil, maxLine)
	n := 0
	for lines.Scan() {
		n++
		line, _, _ := strings.Cut(lines.Text(), "#")
		names, value, ok := t.parse(strings.Fields(line))
		if !ok {
			continue
		}
		for _, name := range names {
			t.add(t.key(name), value)
		}
	}
	err := lines.Err()
	if errors.Is(err, bufio.ErrTooLong) {
		return fmt.Errorf("%s:%d: line longer than %d KiB", t.path(), n+1, maxLine>>10)
	}
	if err != nil {
		return fmt.Errorf("%s:%d: %w", t.path(), n+1, err)
	}
	if limited.N <= 0 {
		return fmt.Errorf("%s: larger than %d MiB", t.path(), maxFile>>20)
	}
	return nil
}

// maxValues bounds what one name can stand for: a file that gives a name a million addresses makes no filter anyone wants.
const maxValues = 4096

func (t *table[T]) add(key string, value T) {
	if len(t.byName[key]) < maxValues {
		t.byName[key] = append(t.byName[key], value)
	}
}

// parseHost reads "ADDRESS NAME ALIAS…".
func parseHost(fields []string) ([]string, netip.Addr, bool) {
	if len(fields) < 2 {
		return nil, netip.Addr{}, false
	}
	addr, err := netip.ParseAddr(fields[0])
	return fields[1:], addr.Unmap(), err == nil && addr.Zone() == ""
}

// parseService reads "NAME PORT/PROTO ALIAS…".
func parseService(fields []string) ([]string, PortEntry, bool) {
	if len(fields) < 2 {
		return nil, PortEntry{}, false
	}
	number, proto, ok := strings.Cut(fields[1], "/")
	port, err := strconv.ParseUint(number, 10, 16)
	return without(fields, 1), PortEntry{Port: uint16(port), Proto: strings.ToLower(proto)}, ok && err == nil && proto != ""
}

// parseProtocol reads "NAME NUMBER ALIAS…".
func parseProtocol(fields []string) ([]string, int, bool) {
	if len(fields) < 2 {
		return nil, 0, false
	}
	number, err := strconv.ParseUint(fields[1], 10, 8)
	return without(fields, 1), int(number), err == nil
}

// parseNetwork reads "NAME NUMBER ALIAS…". A number of fewer than four parts is filled with zeros on the right: 10.1 is
// 10.1.0.0 (glibc, nss_files).
func parseNetwork(fields []string) ([]string, uint32, bool) {
	if len(fields) < 2 {
		return nil, 0, false
	}
	parts := strings.Split(fields[1], ".")
	if len(parts) > 4 {
		return nil, 0, false
	}
	var number uint32
	for i, part := range parts {
		b, err := strconv.ParseUint(part, 10, 8)
		if err != nil {
			return nil, 0, false
		}
		number |= uint32(b) << (24 - 8*i)
	}
	return without(fields, 1), number, true
}

// parseEther reads "ADDRESS NAME", the address as six hexadecimal numbers of one or two digits.
func parseEther(fields []string) ([]string, [6]byte, bool) {
	var mac [6]byte
	if len(fields) < 2 {
		return nil, mac, false
	}
	parts := strings.Split(fields[0], ":")
	if len(parts) != len(mac) {
		return nil, mac, false
	}
	for i, part := range parts {
		b, err := strconv.ParseUint(part, 16, 8)
		if err != nil || len(part) > 2 {
			return nil, mac, false
		}
		mac[i] = byte(b)
	}
	return fields[1:2], mac, true
}

func without(fields []string, i int) []string {
	return slices.Delete(slices.Clone(fields), i, i+1)
}

// maxSuggest bounds the search for a near name.
const maxSuggest = 20_000

// nearest finds a key near to name; among equally near ones always the same, though maps have no order.
func nearest[T any](name string, m map[string]T) string {
	if len(m) > maxSuggest {
		return ""
	}
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return diag.Nearest(name, keys)
}
