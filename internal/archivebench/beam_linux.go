package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"bpfc/capture"
)

// beam measures bpfc-beam on prism: what unpacking and filtering take, and what each file takes.
func (b *bench) beam() error {
	program := filepath.Join(b.dir, "bpfc-beam")
	if out, err := exec.Command("go", "build", "-C", "beam", "-o", program, "./cmd/bpfc-beam").CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	large, err := b.fill("large", 40, map[string]capture.Compression{".gz": capture.Gzip, ".zst": capture.Zstd})
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(large) }()
	unpacked := float64(80*len(b.source)) / 1e6
	if err := b.beamOn(program, large, fmt.Sprintf("80 files, %.0f MB unpacked", unpacked)); err != nil {
		return err
	}
	few, err := firstRecords(b.source, 20)
	if err != nil {
		return err
	}
	whole := b.source
	b.source = few
	defer func() { b.source = whole }()
	for _, files := range []int{1, 500, 2000, 8000} {
		dir, err := b.fill(fmt.Sprint("small", files), files, map[string]capture.Compression{".pcap": capture.Uncompressed})
		if err == nil {
			err = b.beamOn(program, dir, fmt.Sprintf("%d files of 20 packets", files))
		}
		if err = errors.Join(err, os.RemoveAll(dir)); err != nil {
			return err
		}
	}
	return nil
}

// beamOn runs the command on an archive with one processor and with two, and holds the counts against the local command.
func (b *bench) beamOn(program, dir, what string) error {
	local, err := once(nil, b.bpfc, "filter", "-r", dir, "--count", b.filter)
	if err != nil {
		return err
	}
	var u [2]usage
	for i := range u {
		out := filepath.Join(b.dir, "out")
		if err := os.Mkdir(out, 0o777); err != nil {
			return err
		}
		if u[i], err = b.timed([]string{fmt.Sprint("GOMAXPROCS=", i+1)}, program, "--output", out+"/x", b.filter, dir); err != nil {
			return err
		}
		n, err := sumOfCounts(out + "/x-counts.tsv")
		if err = errors.Join(err, os.RemoveAll(out)); err != nil {
			return err
		}
		if fmt.Sprint(n) != local.out {
			return fmt.Errorf("%s: %d packets match on Beam, %s without", what, n, local.out)
		}
	}
	fmt.Printf("%-34s one core %.2f s, two %.2f s; processor time %.2f and %.2f s, %d MB; %s packets match, as without Beam\n", what, u[0].seconds, u[1].seconds,
		u[0].cpu, u[1].cpu, u[1].memory>>20, local.out)
	return nil
}

func sumOfCounts(path string) (n uint64, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		for _, word := range strings.Fields(line)[:1] {
			k, err := strconv.ParseUint(word, 10, 64)
			if err != nil {
				return 0, err
			}
			n += k
		}
	}
	return n, nil
}
