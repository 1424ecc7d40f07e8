package capture

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// Aside is a file that is written beside the one that it is to become, under a name that begins with a dot, and takes that
// one's place at its end. Whoever looks at the name sees what was there before, or the whole new file, and never a part of it,
// whatever ends the program. What is no regular file, such as /dev/null or a pipe, is written as it is. It is not safe for
// concurrent use.
type Aside struct {
	*os.File
	path   string // what it is to become; "" where it is written itself
	closed bool
}

// CreateAside begins a file that is to become path. A symbolic link stays one: what it leads to is replaced. The mode of a
// file that was there is kept. Where the directory takes no new file, path is written itself.
func CreateAside(path string) (*Aside, error) {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	mode := fs.FileMode(0o666)
	info, err := os.Stat(path)
	exists := err == nil
	switch {
	case exists && !info.Mode().IsRegular():
		return writeItself(path)
	case exists:
		if err := writable(path); err != nil {
			return nil, err
		}
		mode = info.Mode().Perm()
	}
	const attempts = 100
	for range attempts {
		name := filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s.%08x.part", filepath.Base(path), rand.Uint32()))
		file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
		switch {
		case errors.Is(err, fs.ErrExist):
			continue
		case exists && errors.Is(err, fs.ErrPermission):
			return writeItself(path)
		case err != nil:
			return nil, named(err, path)
		}
		if exists { // not less than the umask allows
			_ = file.Chmod(mode) // where a file system has no modes
		}
		return &Aside{File: file, path: path}, nil
	}
	return nil, &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist}
}

// Write writes to the file. An error has the name that the file is to get.
func (a *Aside) Write(b []byte) (int, error) {
	n, err := a.File.Write(b)
	if err != nil && a.Beside() {
		err = named(err, a.path)
	}
	return n, err
}

// Beside tells whether the file is written beside its place, and not in it.
func (a *Aside) Beside() bool { return a.path != "" }

// named makes an error one of the file that is asked for.
func named(err error, path string) error {
	var of *fs.PathError
	if errors.As(err, &of) {
		return &fs.PathError{Op: of.Op, Path: path, Err: of.Err}
	}
	return err
}

// writable tells whether a file that is there could be written to: a rename would not ask.
func writable(path string) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return file.Close()
}

func writeItself(path string) (*Aside, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		file, err = os.OpenFile(path, os.O_WRONLY, 0) // a pipe, a device
	}
	if err != nil {
		return nil, err
	}
	return &Aside{File: file}, nil
}

// Finish closes the file, and gives it its name if it is whole; if not, it is removed, and what had the name stays. Once is
// enough; a second call does nothing.
func (a *Aside) Finish(whole bool) error {
	if a.closed {
		return nil
	}
	a.closed = true
	name := a.File.Name()
	err := a.File.Close()
	switch {
	case !a.Beside():
		return err
	case whole && err == nil:
		if err = os.Rename(name, a.path); err == nil {
			return nil
		}
	}
	_ = os.Remove(name) // there is an error already, or it is not wanted
	return err
}

// Close is Finish of a whole file.
func (a *Aside) Close() error { return a.Finish(true) }
