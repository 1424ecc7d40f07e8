module bpfc/web

go 1.26.0

require (
	bpfc v0.0.0-00010101000000-000000000000
	github.com/evanw/esbuild v0.28.2
	golang.org/x/net v0.62.0
)

require (
	github.com/alecthomas/participle/v2 v2.1.4 // indirect
	golang.org/x/sys v0.49.0 // indirect
)

replace bpfc => ../
