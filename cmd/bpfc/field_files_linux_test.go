package main

import (
	"bytes"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The names that Linux has for what a process has open are names of that file, too.
func TestFieldOutputIsOpenFile(t *testing.T) {
	precious := readFile(t, packetsFile)
	path := write(t, "in", string(precious))
	for _, args := range [][]string{
		{"-r", "/dev/stdin", "-w", path}, {"-r", "/proc/self/fd/0", "-w", path}, {"-r", path, "-w", "/dev/stdout"}, {"-r", path, "-w", "/dev/fd/1"}, {"-r", "-", "-w", "/dev/stdin"},
	} {
		for _, command := range []string{"filter", "capture"} {
			in, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			out, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
			if err != nil {
				t.Fatal(err)
			}
			if args[3] == path { // then it is that which matters
				out.Close()
				out, err = os.Create(filepath.Join(t.TempDir(), "out"))
				if err != nil {
					t.Fatal(err)
				}
			}
			cmd := osexec.Command("/proc/self/exe", append([]string{command}, args...)...)
			cmd.Env = append(os.Environ(), "BPFC_TEST_AS_PROGRAM=1")
			var errs bytes.Buffer
			cmd.Stdin, cmd.Stdout, cmd.Stderr = in, out, &errs
			if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
				t.Fatal(err)
			}
			if cmd.ProcessState.ExitCode() != exitUsage || !strings.Contains(errs.String(), "is read from and written to") || !bytes.Equal(readFile(t, path), precious) {
				t.Errorf("%s %q: status %d, %s", command, args, cmd.ProcessState.ExitCode(), errs.String())
			}
			in.Close()
			out.Close()
		}
	}
}
