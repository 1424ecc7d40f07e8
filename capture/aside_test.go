package capture

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// A file written aside has its name when it is whole, and not before; what was there stays until then, and its mode after.
func TestAside(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out")
	text := func() string {
		b, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) {
			return "none"
		}
		return string(b)
	}
	left := func() int {
		list, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	for _, step := range []struct {
		write         string
		whole         bool
		before, after string
	}{{"1", false, "none", "none"}, {"2", true, "none", "2"}, {"3", false, "2", "2"}, {"4", true, "2", "4"}} {
		a, err := CreateAside(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.WriteString(step.write); err != nil || text() != step.before {
			t.Errorf("%+v: %v, %q before the end", step, err, text())
		}
		if err := a.Finish(step.whole); err != nil || text() != step.after || a.Close() != nil {
			t.Errorf("%+v: %v, %q after the end", step, err, text())
		}
		if step.after != "none" && left() != 1 {
			t.Errorf("%+v: %d files", step, left())
		}
	}
	if runtime.GOOS == "windows" {
		return
	}
	link := filepath.Join(dir, "link")
	if err := errors.Join(os.Chmod(path, 0o640), os.Symlink("out", link)); err != nil {
		t.Fatal(err)
	}
	a, err := CreateAside(link)
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.WriteString("5")
	if err = errors.Join(err, a.Close()); err != nil || text() != "5" {
		t.Errorf("through a link: %v, %q", err, text())
	}
	info, err := os.Lstat(link)
	if err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link: %v, %v", info, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the mode: %v, %v", info, err)
	}
	if _, err := CreateAside(filepath.Join(dir, "none", "out")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("in a directory that is not there: %v", err)
	}
}
