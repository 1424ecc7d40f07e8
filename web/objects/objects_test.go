package objects

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"bpfc/web/api"
	"bpfc/web/rpc"
)

// ask calls a method; a failure is an *rpc.Error.
func ask[R any](t *testing.T, s rpc.Service, method string, params any) (r R, ok bool) {
	t.Helper()
	text, err := json.Marshal(params)
	if err != nil {
		t.Fatal(err)
	}
	answer, ok := s.Call(t.Context(), method, &rpc.Call{Params: text})
	if err := json.Unmarshal(answer, &r); err != nil {
		t.Fatalf("%v in %s", err, answer)
	}
	return r, ok
}

// What the compiler writes as JSON becomes eBPF for every hook.
func TestEBPF(t *testing.T) {
	for _, hook := range api.Hooks {
		source := api.Source{Expr: "tcp port 80", Link: "EN10MB", Optimize: true}
		program, ok := ask[api.Formatted](t, api.New(), "format", map[string]any{"source": source, "format": "json", "hook": hook})
		if !ok || program.Error != nil {
			t.Fatal(program.Error)
		}
		params := map[string]string{"program": program.Text, "format": "ebpf", "hook": hook}
		f, ok := ask[Formatted](t, New(), "formatEBPF", params)
		if !ok || f.Error != nil || !strings.Contains(f.Text, "exit") {
			t.Errorf("%s: %v %.100s", hook, f.Error, f.Text)
		}
		params["format"] = "elf"
		f, ok = ask[Formatted](t, New(), "formatEBPF", params)
		object, err := base64.StdEncoding.DecodeString(f.Base64)
		if err != nil || !ok || f.Error != nil || !strings.HasPrefix(string(object), "\x7fELF") || f.Text == "" {
			t.Errorf("%s: %v, %v", hook, f.Error, err)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, params := range []map[string]string{{"program": "x"}, {"program": "[]"}, {"program": "[[6,0,0,1]]", "hook": "x"}, {"program": "[[5,0,0,9]]"}} {
		if e, ok := ask[rpc.Error](t, New(), "formatEBPF", params); ok || e.Message == "" {
			t.Errorf("%v is taken", params)
		}
	}
}
