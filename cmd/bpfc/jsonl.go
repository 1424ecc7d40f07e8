package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"runtime"
	"runtime/debug"
	"strings"

	"golang.org/x/net/bpf"

	"bpfc"
	"bpfc/diag"
	"bpfc/names"
)

// maxJSONLine is the longest request taken, in bytes; a longer line is answered with an error.
const maxJSONLine = 128 << 20

// request is one line of input. What is absent is as the flags say.
type request struct {
	ID              json.RawMessage `json:"id"`
	LinkType        *linkTypeName   `json:"link_type"`
	Filter          *string         `json:"filter"`
	SnapLen         *int            `json:"snaplen"`
	Netmask         *string         `json:"netmask"`
	LinuxExtensions *bool           `json:"linux_extensions"`
	Savefile        *string         `json:"savefile"`
	Socket          *string         `json:"socket"`
	Optimize        *bool           `json:"optimize"`
	AllowRejectAll  *bool           `json:"allow_reject_all"`
	SeeThrough      *string         `json:"see_through"`
	Extended        *bool           `json:"extended"`
}

// linkTypeName is a link-layer type as a name or as a number.
type linkTypeName string

func (l *linkTypeName) UnmarshalJSON(b []byte) error {
	var number uint16
	if json.Unmarshal(b, &number) == nil {
		*l = linkTypeName(fmt.Sprint(number))
		return nil
	}
	return json.Unmarshal(b, (*string)(l))
}

// answer is one line of output: a program or an error.
type answer struct {
	ID    json.RawMessage `json:"id,omitempty"`
	Insns []insn          `json:"insns,omitempty"`
	*failure
}

// failure is the part of an answer that says why there is no program. Places are bytes in the filter.
type failure struct {
	Error string    `json:"error"`
	Kind  diag.Kind `json:"kind"`
	Pos   int       `json:"pos"`
	End   int       `json:"end"`
}

// kindRequest is the kind of error for a line that is no request, beside the compiler's own kinds.
const kindRequest diag.Kind = "request"

// insn is printed as [code, jt, jf, k].
type insn bpf.RawInstruction

func (i insn) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, "[%d,%d,%d,%d]", i.Op, i.Jt, i.Jf, i.K), nil
}

// jsonl answers the requests of in, one a line, on out: in order, each as soon as it and those before it are done. The
// compiling is done on all processors; what is held in memory is bounded by their number.
type jsonl struct {
	options  *filterOptions
	resolver names.Resolver
}

// run ends at the end of in, or with the first error of reading or writing.
func (j *jsonl) run(ctx context.Context, in io.Reader, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	workers := runtime.GOMAXPROCS(0)
	queue := make(chan chan []byte, 4*workers) // the answers to come, in order
	work := make(chan job)
	for range workers {
		go func() {
			for w := range work {
				w.result <- j.line(ctx, w.line)
			}
		}()
	}
	written := make(chan error, 1)
	go func() {
		err := writeAnswers(out, queue)
		cancel() // nobody listens any more: stop reading
		written <- err
	}()
	readErr := readRequests(ctx, in, queue, work)
	close(work)
	close(queue)
	return errors.Join(readErr, <-written)
}

type job struct {
	line   []byte
	result chan []byte
}

// readRequests hands each line that is not blank to a worker, and the place of its answer to the writer.
func readRequests(ctx context.Context, in io.Reader, queue chan<- chan []byte, work chan<- job) error {
	lines := bufio.NewReaderSize(in, 1<<20)
	for {
		line, tooLong, err := readLine(lines)
		if len(bytes.TrimSpace(line)) > 0 || tooLong {
			result := make(chan []byte, 1)
			select {
			case queue <- result:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			if tooLong {
				result <- encode(answer{failure: &failure{Kind: kindRequest, Error: fmt.Sprintf("a line of more than %d MiB", maxJSONLine>>20)}})
			} else {
				work <- job{line, result}
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// readLine reads up to and including the next newline into a slice of its own. Of a line longer than
// maxJSONLine it keeps nothing.
func readLine(r *bufio.Reader) (line []byte, tooLong bool, err error) {
	for {
		part, err := r.ReadSlice('\n')
		if !tooLong && len(line)+len(part) > maxJSONLine {
			line, tooLong = nil, true
		}
		if !tooLong {
			line = append(line, part...)
		}
		if err != bufio.ErrBufferFull {
			return line, tooLong, err
		}
	}
}

// writeAnswers writes the answers in their order, and flushes whenever there is none to be had at once, so that a program that
// waits for an answer before it asks on gets it.
func writeAnswers(out io.Writer, queue <-chan chan []byte) error {
	w := bufio.NewWriterSize(out, 1<<16)
	var failed error
	for result := range queue {
		var line []byte
		select {
		case line = <-result:
		default:
			failed = errors.Join(failed, w.Flush())
			line = <-result
		}
		if failed == nil {
			_, failed = w.Write(line)
		}
		if failed == nil && len(queue) == 0 {
			failed = w.Flush()
		}
		if failed != nil {
			return failed
		}
	}
	return w.Flush()
}

// line answers one request.
func (j *jsonl) line(ctx context.Context, line []byte) []byte {
	var q request
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	err := dec.Decode(&q)
	if err == nil && dec.More() {
		err = errors.New("more than one value on the line")
	}
	if err != nil {
		return encode(answer{ID: q.ID, failure: &failure{Kind: kindRequest, Error: "no request: " + requestProblem(err)}})
	}
	insns, fail := j.compile(ctx, &q)
	return encode(answer{ID: q.ID, Insns: insns, failure: fail})
}

// jsonTypes are the types of a request's fields in the words of JSON.
var jsonTypes = map[reflect.Kind]string{reflect.String: "a string", reflect.Int: "a whole number", reflect.Bool: "true or false", reflect.Struct: "an object"}

// requestProblem says why a line is no request without speaking of Go.
func requestProblem(err error) string {
	var wrong *json.UnmarshalTypeError
	if !errors.As(err, &wrong) {
		return strings.TrimPrefix(err.Error(), "json: ")
	}
	what := "the line"
	if wrong.Field != "" {
		what = fmt.Sprintf("%q", wrong.Field)
	}
	return fmt.Sprintf("%s is to be %s, not %s", what, jsonTypes[wrong.Type.Kind()], wrong.Value)
}

// compile does what a request asks for. A panic of the compiler is answered as an error of kind internal, so that
// the other requests are still answered.
func (j *jsonl) compile(ctx context.Context, q *request) (insns []insn, fail *failure) {
	defer func() {
		if p := recover(); p != nil {
			insns, fail = nil, &failure{Kind: diag.Internal, Error: fmt.Sprintf("panic: %v\n%s", p, debug.Stack())}
		}
	}()
	o, err := q.merge(*j.options)
	if err != nil {
		return nil, badRequest(err)
	}
	t, err := o.target(compileTarget)
	if err != nil {
		return nil, badRequest(err)
	}
	prog, err := bpfc.Compile(*q.Filter, o.compileOptions(ctx, t, j.resolver)...)
	if err != nil {
		return nil, newFailure(err)
	}
	for _, i := range prog.Instructions() {
		insns = append(insns, insn(i))
	}
	return insns, nil
}

// merge lays a request over the flags.
func (q *request) merge(o filterOptions) (filterOptions, error) {
	if q.Filter == nil {
		return o, errors.New(`no "filter"`)
	}
	set(&o.linkType, (*string)(q.LinkType))
	set(&o.snapLen, q.SnapLen)
	set(&o.netmask, q.Netmask)
	set(&o.linuxExtensions, q.LinuxExtensions)
	set(&o.savefile, q.Savefile)
	set(&o.socket, q.Socket)
	set(&o.allowRejectAll, q.AllowRejectAll)
	set(&o.seeThrough, q.SeeThrough)
	set(&o.extended, q.Extended)
	if q.Optimize != nil {
		o.noOptimize = !*q.Optimize
	}
	return o, nil
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// badRequest is for a request with a value that cannot be; it speaks of the field, not of the flag of that name.
func badRequest(err error) *failure {
	var s *settingError
	if errors.As(err, &s) {
		err = fmt.Errorf("%q: %w", s.field, s.err)
	}
	return &failure{Kind: kindRequest, Error: err.Error()}
}

func newFailure(err error) *failure {
	if e := diag.As(err); e != nil {
		return &failure{Error: inWords(e, fieldOf).Error(), Kind: e.Kind, Pos: e.Pos, End: e.End}
	}
	return &failure{Error: err.Error(), Kind: diag.Internal}
}

// encode gives the line of an answer, newline included. < and & stay as they are: filters are full of them.
func encode(a answer) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(a); err != nil {
		// Only the id is not of our making, and it was valid JSON when it came in.
		return fmt.Appendf(nil, "{\"error\":%q,\"kind\":%q,\"pos\":0,\"end\":0}\n", err.Error(), diag.Internal)
	}
	return b.Bytes()
}
