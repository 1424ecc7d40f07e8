package scan

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Input is a capture file of an archive. It is a value, and so safe for concurrent use.
type Input struct {
	Path string // "-" is standard input
	// Rel is the path below the directory that was named, with the separators of the system; of a file that was named itself
	// or by a pattern it is the last part of its name.
	Rel string
	// Found is set where the file was found in a directory. It need not be a capture then.
	Found bool
}

// SidecarExt is the ending of the files that package index keeps beside captures, which are no inputs.
const SidecarExt = ".bpfci"

// Inputs finds the files that names stand for, in the order of the names: a file itself, "-" for standard input, a directory
// for the files in it and in those below, by name, and where there is no such file a pattern as of [filepath.Match] for what
// fits it, by name. Of what a directory has, names that begin with a dot are left out, and of directories and patterns sidecars of the index.
//
// A file comes as often as it is named, itself or by a pattern, as with cat(1). What a directory has comes once, however many symbolic and
// hard links lead to it, under the first of its names that is no symbolic link. What cannot be found or looked at is an error
// among problems, in which each has the name at fault, and the rest is there nevertheless.
func Inputs(names []string) (inputs []Input, problems []error) {
	w := &walker{}
	for _, name := range names {
		w.name(name)
	}
	return w.inputs, w.problems
}

// ReadNames reads names of files, one a line; empty lines are none. A line of more than 64 KiB, or with a zero byte, which no
// name has, is an error: that is no list of names.
func ReadNames(r io.Reader) (names []string, err error) {
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSuffix(lines.Text(), "\r")
		if strings.ContainsRune(line, 0) {
			return nil, fmt.Errorf("line %d has a zero byte: that is no list of names", n)
		}
		if line != "" {
			names = append(names, line)
		}
	}
	if err = lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, errors.New("a line of more than 64 KiB: that is no list of names")
	}
	return names, err
}

type walker struct {
	inputs   []Input
	problems []error
}

func (w *walker) name(name string) {
	if name == "-" {
		w.inputs = append(w.inputs, Input{Path: name, Rel: "stdin"})
		return
	}
	info, err := os.Stat(name)
	switch {
	case err == nil && info.IsDir():
		w.directory(name)
	case err == nil:
		w.inputs = append(w.inputs, Input{Path: name, Rel: filepath.Base(name)})
	case errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(name, `*?[`):
		w.pattern(name)
	default:
		w.problems = append(w.problems, err)
	}
}

func (w *walker) pattern(pattern string) {
	matches, err := filepath.Glob(pattern)
	if !strings.HasSuffix(pattern, SidecarExt) {
		matches = slices.DeleteFunc(matches, func(name string) bool { return strings.HasSuffix(name, SidecarExt) })
	}
	if err == nil && len(matches) == 0 {
		err = errors.New("no file has a name like this")
	}
	if err != nil {
		w.problems = append(w.problems, fmt.Errorf("%s: %w", pattern, err))
		return
	}
	for _, name := range matches {
		w.name(name)
	}
}

// at is an error of a path, whatever other one it names, such as that of what a link leads to.
func at(path string, err error) error {
	if of := (*fs.PathError)(nil); errors.As(err, &of) {
		err = of.Err
	}
	if to, e := os.Readlink(path); e == nil {
		err = fmt.Errorf("%w (it is a link to %s)", err, to)
	}
	return &fs.PathError{Op: "open", Path: path, Err: err}
}

// realPath is the one name of a file that has no symbolic link in it.
func realPath(path string) (string, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", err
	}
	return filepath.Abs(real)
}

// fileID is the number of a file, and that of what it is on.
type fileID [2]uint64

// tree is one directory that was named, and what is below it.
type tree struct {
	*walker
	root  string
	seen  map[string]bool // real paths of directories, false where they could not be listed, and of files that links lead to
	hard  map[fileID]bool // files with several names
	links []string        // looked at when everything else has been
}

func (w *walker) directory(root string) {
	t := &tree{walker: w, root: filepath.Clean(root), seen: map[string]bool{}, hard: map[fileID]bool{}}
	first := len(w.inputs)
	t.enter(root)
	for len(t.links) > 0 {
		link := t.links[0]
		t.links = t.links[1:]
		t.follow(link)
	}
	slices.SortFunc(w.inputs[first:], func(a, b Input) int { return strings.Compare(a.Path, b.Path) })
}

// enter adds what a directory has.
func (t *tree) enter(dir string) {
	real, err := realPath(dir)
	if err != nil {
		t.problems = append(t.problems, at(dir, err))
		return
	}
	if _, been := t.seen[real]; been {
		return
	}
	entries, err := os.ReadDir(dir)
	if t.seen[real] = err == nil; err != nil {
		t.problems = append(t.problems, err)
	}
	for _, e := range entries {
		name := e.Name()
		path := filepath.Join(dir, name)
		switch {
		case !found(name):
		case e.IsDir():
			t.enter(path)
		case e.Type().IsRegular():
			t.add(path, filepath.Join(real, name))
		case e.Type()&fs.ModeSymlink != 0:
			t.links = append(t.links, path)
		}
	}
}

// follow adds what a symbolic link leads to, if that has not been found already.
func (t *tree) follow(link string) {
	real, err := realPath(link)
	if err != nil {
		t.problems = append(t.problems, at(link, err))
		return
	}
	info, err := os.Stat(real)
	switch {
	case err != nil:
		t.problems = append(t.problems, err)
	case info.IsDir():
		t.enter(link)
	case info.Mode().IsRegular() && !(t.seen[filepath.Dir(real)] && found(filepath.Base(real))):
		t.add(link, real)
		t.seen[real] = true
	}
}

// found tells whether a name in a directory is one of those that are looked at.
func found(name string) bool {
	return !strings.HasPrefix(name, ".") && !strings.HasSuffix(name, SidecarExt)
}

func (t *tree) add(path, real string) {
	if t.seen[real] {
		return
	}
	if id, several := hardLinks(real); several {
		if t.hard[id] {
			return
		}
		t.hard[id] = true
	}
	t.inputs = append(t.inputs, Input{Path: path, Rel: t.below(path), Found: true})
}

// below is the part of a path below the root. It has no memory of its own: there may be a million of them.
func (t *tree) below(path string) string {
	rel := path
	if t.root != "." {
		rel = strings.TrimPrefix(path, t.root)
	}
	return strings.TrimLeft(rel, string(filepath.Separator))
}
